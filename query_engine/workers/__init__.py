"""The processes that execute plans: warm, watched from outside, ended when a query must stop."""
