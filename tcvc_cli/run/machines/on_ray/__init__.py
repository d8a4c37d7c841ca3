"""Tasks on a Ray cluster. Nothing else imports Ray, and this does when it is asked to."""
