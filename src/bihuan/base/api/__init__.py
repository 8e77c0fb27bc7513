"""The REST API: `/api/`, described at `/api/docs`."""
