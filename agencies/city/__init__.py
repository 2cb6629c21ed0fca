"""The city's sign-on (统一身份认证), by OpenID Connect: another way in to an account that is there.

installed -> provider -> journey -> binding -> pages: what is set; calling it; going there and
coming back; whose account a subject is; what people see of it. It makes no account and gives no
role.
"""
