"""After a restore by rows: the new server counts its transactions from its own beginning.

Facts and the log of deeds are read in the order of the transactions that wrote them. Rows that
came from another server carry its numbers; until this server has passed the highest of them, new
rows would be sorted before old ones and never be heard.
"""

from __future__ import annotations

from django.db import connection

HIGHEST = """
    SELECT greatest(
        (SELECT coalesce(max(tx), 0) FROM facts_fact), (SELECT coalesce(max(tx), 0) FROM audit_entry)
    )
"""
STEP = 20_000
# COMMIT in a loop: each round is a transaction with a number of its own.
USE_UP = """
    DO $$ BEGIN
        FOR i IN 1..{rounds} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;
    END $$
"""


def pass_highest() -> int:
    """Use up transaction numbers until new rows sort after all there are; returns how many.

    Must run outside a transaction, before anything else writes. About 100,000 a second.
    """
    used = 0
    with connection.cursor() as cursor:
        cursor.execute(HIGHEST)
        highest = int(cursor.fetchone()[0])
        while True:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            missing = highest - int(cursor.fetchone()[0])
            if missing < 0:
                return used
            rounds = min(missing + 1, STEP)
            cursor.execute(USE_UP.format(rounds=rounds))
            used += rounds
