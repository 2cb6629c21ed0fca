"""deploy/nginx on a scratch installation: other ports and folders, all else as it is."""

import contextlib
import datetime as dt
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tianjin_pilot.children import child
from tianjin_pilot.tests.installation import DEPLOY, HOST, Installation

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
# What Debian's nginx.conf says around each site, in a folder of its own.
AROUND = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{account}
events {{ }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def configured(of: Installation, *, http: int, https: int) -> Path:
    """The file that `nginx -c` takes."""
    folder = of.folder / "nginx"
    (of.folder / "etc" / "tls").mkdir(parents=True)
    folder.mkdir()
    certificate_make(of.folder / "etc" / "tls")
    site = of.here((DEPLOY / "nginx" / "tianjin-pilot.conf").read_text())
    site = re.sub(r" *listen \[::\].*\n", "", site)
    site = site.replace("listen 80;", f"listen 127.0.0.1:{http};")
    site = site.replace("listen 443 ", f"listen 127.0.0.1:{https} ")
    (folder / "site.conf").write_text(site)
    # The folders of a scratch installation are open to the account of the tests alone.
    account = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, account=account))
    return file


def certificate_make(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def complaints(file: Path) -> str:
    """What `nginx -t` says of it; "" where it finds nothing."""
    assert PROGRAM is not None
    ran = subprocess.run(
        [PROGRAM, "-t", "-q", "-c", str(file)], capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


@contextlib.contextmanager
def running(file: Path) -> Iterator[None]:
    assert PROGRAM is not None
    with child([PROGRAM, "-c", str(file), "-g", "daemon off;"]):
        yield
