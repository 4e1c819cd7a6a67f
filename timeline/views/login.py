"""Signing in and out, with limited tries."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from timeline.views.contexts import LoginPage


class SignIn(LoginView):
    """Django's own log-in, with a page of ours."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The context, and `page`."""
        context = super().get_context_data(**kwargs)
        page = LoginPage(form=context["form"], next=self.get_redirect_url(), locked=False)
        return {**context, "page": page}


def locked(request: HttpRequest) -> HttpResponse:
    """The page for somebody whose tries are used up for now."""
    form = AuthenticationForm(request)
    page = LoginPage(form=form, next="", locked=True)
    return render(request, "registration/login.html", {"form": form, "page": page}, status=429)
