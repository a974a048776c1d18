"""The demo district put into a database: always through the services, as anybody else would have to."""
