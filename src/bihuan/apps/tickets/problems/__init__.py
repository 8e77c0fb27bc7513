"""Problem records: one cause behind many tickets."""
