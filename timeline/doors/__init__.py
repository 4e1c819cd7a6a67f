"""The doors of the live code: the HTTP door and the socket. They translate, call one thing, and translate back."""
