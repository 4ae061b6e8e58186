"""A code from an app on one's telephone, asked for beside the password where STAFF_SECOND_FACTOR is on."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.base_user import AbstractBaseUser
from django_otp import devices_for_user
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.models import Device


class LoginForm(OTPAuthenticationFormMixin, AdminAuthenticationForm):
    otp_token = forms.CharField(
        label="Code from your app",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    otp_error_messages = OTPAuthenticationFormMixin.otp_error_messages | {
        "token_required": "Enter the code from your app too.",
        "invalid_token": "This code does not fit. Wait for the next one and enter it.",
        "device_required": "No app is set up for this account. Ask whoever runs the site.",
        "n_failed_attempts": "Too many wrong codes. Wait a little, then enter the next one.",
    }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.clean_otp(self.get_user())
        return cleaned

    def _chosen_device(self, user: AbstractBaseUser) -> Device | None:
        """Everybody has one device, so nobody is asked which."""
        return next(iter(devices_for_user(user, for_verify=True)), None)

    def _update_form(self, user: AbstractBaseUser) -> None:
        """The page that comes back holds no password."""
