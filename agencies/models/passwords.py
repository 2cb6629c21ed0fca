"""What is remembered of passwords, and who asked for a new one."""

from typing import ClassVar

from django.db import models

from agencies.models.people import User


class PasswordKept(models.Model):
    """The hash of a password that an account has or had, so that it is not chosen again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passwords_kept")
    password = models.CharField(max_length=128, editable=False)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"password {self.pk}"


class PasswordLink(models.Model):
    """That somebody asked for a link to set a new password, until a job has looked whether an
    account has this address: asked for in the same time and with the same answer either way."""

    email = models.EmailField()
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"link {self.pk}"
