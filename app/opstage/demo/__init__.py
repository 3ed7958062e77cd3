"""The demo fleet: small services doing real work, each in a process of its own with an embedded agent.

Work and governance are kept apart. ``crew``, ``loopback``, ``sources``, ``site``, ``crawl``, ``spool``,
``auth_server``, ``accounts``, ``maildrop`` and ``doc_index`` do the work and know nothing of agents;
``link_checker``, ``file_worker``, ``account_pool``, ``mailbox_poller`` and ``doc_indexer`` make it visible
and operable; ``services`` runs one of them, ``supervisor`` all of them beside a server.
"""
