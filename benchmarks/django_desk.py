"""A django-helpdesk as its documentation sets it up; run by the Python of its own environment, never by ours. I/O.

python django_desk.py prepare|process DATABASE IMAP_PORT USER PASSWORD SMTP_PORT
"""

from __future__ import annotations

import sys
import tempfile
from types import ModuleType
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command

#: docs/configuration.rst and docs/install.rst of django-helpdesk 2: the applications that it needs.
_APPLICATIONS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.admin",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_cleanup.apps.CleanupConfig",
    "helpdesk",
)

_URLS = "desk_urls"


def main(what: str, database: str, imap_port: str, user: str, password: str, smtp_port: str) -> None:
    files = tempfile.TemporaryDirectory(prefix="django-files-", dir="/var/tmp")
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        SITE_ID=1,
        DEBUG=False,
        HELPDESK_TEAMS_MODE_ENABLED=False,
        INSTALLED_APPS=_APPLICATIONS,
        DATABASES={"default": _database(database)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF=_URLS,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        MEDIA_ROOT=files.name,
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(smtp_port),
        DEFAULT_FROM_EMAIL="support@example.com",
    )
    django.setup()
    _serve()
    if what == "prepare":
        call_command("migrate", verbosity=0)
        call_command("loaddata", "emailtemplate.json", verbosity=0)
        _make_queue(int(imap_port), user, password)
    else:
        call_command("get_email")


def _serve() -> None:
    """Its letters hold links to its pages."""
    from django.contrib import admin
    from django.urls import include, path

    urls = ModuleType(_URLS)
    pages = (path("admin/", admin.site.urls), path("", include("helpdesk.urls", namespace="helpdesk")))
    urls.__dict__["urlpatterns"] = pages
    sys.modules[_URLS] = urls


def _database(written: str) -> dict[str, object]:
    if "://" not in written:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": written}
    url = urlsplit(written)
    found = {"NAME": url.path[1:], "USER": url.username, "HOST": url.hostname, "PORT": url.port}
    return {"ENGINE": "django.db.backends.postgresql", **found}


def _make_queue(imap_port: int, user: str, password: str) -> None:
    """One queue that tells its one agent of every new ticket and every reply."""
    from helpdesk.models import Queue

    Queue.objects.create(
        title="Support",
        slug="support",
        email_address="support@example.com",
        allow_public_submission=True,
        allow_email_submission=True,
        new_ticket_cc="ann@example.com",
        updated_ticket_cc="ann@example.com",
        enable_notifications_on_email_events=True,
        email_box_type="imap",
        email_box_host="127.0.0.1",
        email_box_port=imap_port,
        email_box_ssl=False,
        email_box_user=user,
        email_box_pass=password,
        email_box_imap_folder="INBOX",
        email_box_interval=0,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
