-- When each connector gave its last sign of life: the console shows it beside the connector.
grant select on connector_heartbeats to api;
