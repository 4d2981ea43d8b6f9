from django.urls import path

from support.gateway import http

urlpatterns = [
    path("session", http.start_session, name="session"),
    path("messages", http.messages, name="messages"),
]
