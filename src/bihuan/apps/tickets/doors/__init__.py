"""The doors into tickets: mail, telephone, REST and webhooks, paper; and who is called at night.

Each only translates into one `Envelope` and calls `actions.receive`.
"""
