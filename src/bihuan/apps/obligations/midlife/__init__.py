"""What happens to open duties when a customer, a machine, a contract, a person or the regulation
changes: `rules` says it, `effects` does it, `preview` shows it before it is done.
"""
