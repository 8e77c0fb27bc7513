"""Lines of support: queues, the way into them, hand-overs with their answers, what other
departments are asked.
"""
