"""The homes and dashboards: the list, a chapter, the agencies, an agency, and what waits where."""
