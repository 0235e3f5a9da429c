"""What a query may do about tables that lack what it reads."""

from typing import Literal, get_args

OnDemand = Literal["wait", "tail"]
ON_DEMAND: tuple[OnDemand, ...] = get_args(OnDemand)
