"""Addresses of the customers' pages."""

from __future__ import annotations

from django.urls import path

from bihuan.apps.customers.views import contacts, customers, decisions, handing, merging, records

app_name = "customers"
urlpatterns = [
    path("customers/", customers.listing, name="list"),
    path("customers/new/", customers.new, name="new"),
    path("customer-tiers/", decisions.tiers, name="tiers"),
    path("customer-tiers/<int:change>/decide/", decisions.decide_tier, name="decide_tier"),
    path("customer-tiers/<int:change>/withdraw/", decisions.withdraw_tier, name="withdraw_tier"),
    path("customer-tiers/review/", decisions.review, name="review"),
    path("customer-exceptions/", decisions.exceptions, name="all_exceptions"),
    path(
        "customer-exceptions/<int:exception>/decide/",
        decisions.decide_exception,
        name="decide_exception",
    ),
    path("customer-exceptions/<int:exception>/end/", decisions.end_exception, name="end_exception"),
    path("customer-doubles/", merging.doubles, name="doubles"),
    path("customer-doubles/<int:merge>/decide/", merging.decide, name="decide_merge"),
    path("customer-doubles/<int:merge>/undo/", merging.undo, name="unmerge"),
    path("hand-over/", handing.choose, name="hand_over"),
    path("hand-over/<int:user>/", handing.leaver, name="hand_over_of"),
    path("customers/<int:pk>/", customers.detail, name="detail"),
    path("customers/<int:pk>/edit/", customers.edit, name="edit"),
    path("customers/<int:pk>/timeline/", customers.timeline, name="timeline"),
    path("customers/<int:pk>/clear/", customers.clear, name="clear"),
    path("customers/<int:pk>/verify/", customers.verify, name="verify"),
    path("customers/<int:pk>/contacts/", contacts.listing, name="contacts"),
    path("customers/<int:pk>/contacts/new/", contacts.new, name="contact_new"),
    path("customers/contacts/<int:contact>/edit/", contacts.edit, name="contact_edit"),
    path("customers/contacts/<int:contact>/left/", contacts.left, name="contact_left"),
    path("customers/contacts/<int:contact>/consent/", contacts.consent, name="contact_consent"),
    path("customers/contacts/<int:contact>/phone/", contacts.phone, name="contact_phone"),
    path("customers/<int:pk>/purchases/", records.purchases, name="purchases"),
    path("customers/purchases/<int:purchase>/void/", records.void, name="purchase_void"),
    path("customers/<int:pk>/dates/", records.dates, name="dates"),
    path("customers/dates/<int:key_date>/end/", records.end_date, name="date_end"),
    path("customers/<int:pk>/tier/", decisions.tier, name="tier"),
    path("customers/<int:pk>/exceptions/", decisions.of_customer, name="exceptions"),
    path("customers/<int:pk>/merge/", merging.propose, name="merge"),
    path("customers/<int:pk>/hand-over/", handing.one, name="hand_over_one"),
]
