"""The one generator: any query over ``random_tables`` that both engines understand."""

import random
from dataclasses import dataclass

from tests.query_engine.sql.differential.correlated import Correlated
from tests.query_engine.sql.differential.joining import Joining
from tests.query_engine.sql.differential.nesting import Nesting
from tests.query_engine.sql.differential.shapes import Shapes
from tests.query_engine.sql.differential.windows import Windows


@dataclass
class Generator:
    """Makes queries of every part of the language."""

    rng: random.Random

    def query(self) -> str:
        """Return one query."""
        part = self.rng.random()
        if part < 0.3:
            return Shapes(self.rng).query()
        if part < 0.5:
            return Correlated(self.rng).query()
        if part < 0.67:
            return Windows(self.rng).query()
        if part < 0.85:
            return Joining(self.rng).query()
        return Nesting(self.rng).query()
