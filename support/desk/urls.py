from django.contrib import admin
from django.urls import path

from support.desk import views

app_name = "desk"
urlpatterns = [
    path("", admin.site.admin_view(views.inbox), name="inbox"),
    path("<int:ticket_id>/", admin.site.admin_view(views.conversation), name="conversation"),
    path("answers/<slug:article>/", admin.site.admin_view(views.answer), name="answer"),
]
