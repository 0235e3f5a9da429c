"""
The metadata in Postgres: who sent what, where its bytes are, and what has settled.

Rule: reads take a plain synchronous connection in autocommit mode and run one statement each;
writes say which transaction they are.
"""
