"""Which machines the simulator speaks for."""

from __future__ import annotations

import pytest

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.models import Device
from bihuan.base import clock
from bihuan.config.devices.park import registered

pytestmark = pytest.mark.django_db


def test_a_device_that_somebody_connected_keeps_its_credentials(tmp_path):
    asset, other = machine(customer()), machine(customer())
    before = registered(2, tmp_path, clock.now())
    assert {each.serial for each in before} == {asset.serial, other.serial}
    own, _key = register(asset=asset, by=None, now=clock.now())
    after = registered(2, tmp_path, clock.now())
    assert [each.code for each in after] == [
        each.code for each in before if each.serial == other.serial
    ]
    assert Device.objects.get(pk=own.pk).revoked_at is None
