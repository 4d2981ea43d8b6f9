from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("support.widget.urls")),
    path("api/support/v1/", include("support.gateway.urls")),
    path("admin/desk/", include("support.desk.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
