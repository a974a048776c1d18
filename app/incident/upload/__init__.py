"""Pictures that come in pieces over bad networks: the tus protocol, 1.0 (https://tus.io/protocols/resumable-upload)."""
