"""
One name for all queries that differ in their constants only.

The rule is the reference's: numbers and texts become ``?``, words that are not quoted lower case,
what stands between words one space; the name is the first 16 hexadecimal digits of the SHA-256.
"""

import hashlib

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from query_engine.sql.dialect import DIALECT

CONSTANTS = {
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.NATIONAL_STRING,
    TokenType.RAW_STRING,
    TokenType.BYTE_STRING,
    TokenType.HEX_STRING,
    TokenType.BIT_STRING,
    TokenType.UNICODE_STRING,
    TokenType.HEREDOC_STRING,
}
DIGITS = 16


def text_hash(sql: str) -> str:
    """Return the name of *sql*; a text that cannot be cut into words is named by itself."""
    return hashlib.sha256(without_constants(sql).encode(errors="replace")).hexdigest()[:DIGITS]


def without_constants(sql: str) -> str:
    """Return the text that is hashed."""
    try:
        tokens = DIALECT.tokenize(sql)
    except TokenError:
        return " ".join(sql.split())
    words = []
    for token in tokens:
        if token.token_type in CONSTANTS:
            words.append("?")
        elif token.token_type == TokenType.IDENTIFIER:
            words.append(f'"{token.text}"')
        else:
            words.append(token.text.lower())
    return " ".join(words)
