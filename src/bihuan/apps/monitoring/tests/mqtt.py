"""MQTT 3.1.1 by hand: what a device of ours says, and what an attacker may try."""

from __future__ import annotations

import socket
import struct


def text(value):
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


class Refused(Exception):
    pass


class Mqtt:
    def __init__(self, port, client, user, password, *, clean=True, timeout=5.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.number = 0
        flags = 0xC0 | (2 if clean else 0)
        self._send(
            0x10,
            text("MQTT")
            + bytes([4, flags])
            + struct.pack(">H", 60)
            + text(client)
            + text(user)
            + text(password),
        )
        try:
            kind, body = self.receive()
        except (ConnectionError, TimeoutError) as error:
            raise Refused(str(error)) from error
        if kind != 0x20 or body[1]:
            self.socket.close()
            raise Refused(f"{kind:x} {body.hex()}")
        self.session_present = bool(body[0])
        self.heard = []

    def _send(self, kind, body):
        size, length = b"", len(body)
        while True:
            length, digit = divmod(length, 128)
            size += bytes([digit | (0x80 if length else 0)])
            if not length:
                break
        self.socket.sendall(bytes([kind]) + size + body)

    def receive(self):
        kind = self._exactly(1)[0]
        length = shift = 0
        while True:
            digit = self._exactly(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if not digit & 128:
                break
        return kind, self._exactly(length)

    def _exactly(self, count):
        found = b""
        while len(found) < count:
            part = self.socket.recv(count - len(found))
            if not part:
                raise ConnectionError("closed")
            found += part
        return found

    def publish(self, topic, data, *, wait=True):
        self.number = self.number % 65535 + 1
        self._send(0x32, text(topic) + struct.pack(">H", self.number) + data)
        while wait:
            kind, body = self.receive()
            if kind == 0x40:
                return
            self._keep(kind, body)

    def subscribe(self, topic):
        """The code of the answer: 0x80 is a refusal."""
        self.number = self.number % 65535 + 1
        self._send(0x82, struct.pack(">H", self.number) + text(topic) + b"\x01")
        while True:
            kind, body = self.receive()
            if kind == 0x90:
                return body[2]
            self._keep(kind, body)

    def listen(self, seconds):
        """Messages that arrive within this time: (topic, body)."""
        self.socket.settimeout(seconds)
        try:
            while True:
                self._keep(*self.receive())
        except TimeoutError:
            pass
        finally:
            self.socket.settimeout(5)
        found, self.heard = self.heard, []
        return found

    def next(self, seconds=45.0):
        self.socket.settimeout(seconds)
        while not self.heard:
            self._keep(*self.receive())
        return self.heard.pop(0)

    def _keep(self, kind, body):
        if kind >> 4 == 3:
            size = struct.unpack_from(">H", body)[0]
            topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
            if kind & 6:
                self._send(0x40, rest[:2])
                rest = rest[2:]
            self.heard.append((topic, rest))

    def close(self):
        self.socket.close()

    __del__ = close
