"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from ecpr_site import views

handler400 = "ecpr_site.views.bad_request"
handler403 = "ecpr_site.views.forbidden"
handler404 = "ecpr_site.views.not_found"
handler500 = "ecpr_site.views.server_error"

urlpatterns = [
    path("up", views.up, name="up"),
    path("service_worker.js", views.service_worker, name="service_worker"),
    path("admin/", admin.site.urls),
    path("", include("timeline.urls")),
]
