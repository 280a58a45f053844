"""Which published versions nobody can call any more: what is kept, and why."""
