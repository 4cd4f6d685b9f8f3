"""Does with Mastodon.py, unchanged, what administrators do in apps.

Run by TestMastodonPyAdmin with the server's address, a token, and the IDs of an
account and of a report about it.
"""
import sys
from datetime import datetime

from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError

base, token, account, report = sys.argv[1:5]
api = Mastodon(access_token=token, api_base_url=base)


def check(what, ok):
    if not ok:
        sys.exit("failed: " + what)


def refused(what, call):
    try:
        call()
    except MastodonAPIError:
        return
    sys.exit("failed: " + what)


accounts = api.admin_accounts_v2(origin="local")
check("accounts", "max" in [a.username for a in accounts] and all(a.email == "" and a.ip is None for a in accounts))
check("staff", sorted(a.username for a in api.admin_accounts_v2(permissions="staff")) == ["boss", "lea", "mod"])
check("v1", "max" in [a.username for a in api.admin_accounts_v1()] and api.admin_accounts_v1(status="disabled") == [])
pages = api.fetch_remaining(api.admin_accounts_v2(origin="local", limit=1))
check("pages", [a.id for a in pages] == [a.id for a in accounts])
one = api.admin_account(account)
check("account", one.username == "max" and one.domain is None and one.approved and one.account.acct == "max" and not one.suspended)
check("enable", api.admin_account_enable(account).id == one.id)
check("unsilence", not api.admin_account_unsilence(account).silenced)
refused("silence", lambda: api.admin_account_moderate(account, "silence", text="x"))
refused("without a reason", lambda: api.admin_account_moderate(account, "suspend"))
refused("approve", lambda: api.admin_account_approve(account))
refused("delete", lambda: api.admin_account_delete(account))

reports = api.admin_reports()
check("reports", [r.id for r in reports] == [int(report)] and reports[0].comment == "spam" and reports[0].target_account.username == "max")
check("statuses", len(reports[0].statuses) == 1)
check("assign", api.admin_report_assign(report).assigned_account.username == "boss")
check("unassign", api.admin_report_unassign(report).assigned_account is None)
check("resolve", api.admin_report_resolve(report).action_taken)
check("resolved", [r.id for r in api.admin_reports(resolved=True)] == [int(report)] and api.admin_reports() == [])
check("reopen", not api.admin_report_reopen(report).action_taken)
check("about", [r.id for r in api.admin_reports(target_account_id=account)] == [int(report)])
api.admin_account_moderate(account, "suspend", text="Spam", report_id=report)
check("suspended", api.admin_account(account).suspended and [a.username for a in api.admin_accounts_v2(status="suspended")] == ["max"])
check("the report is dealt with", api.admin_report(report).action_taken)
check("unsuspend", not api.admin_account_unsuspend(account).suspended)

check("no blocks", api.admin_domain_blocks() == [])
block = api.admin_create_domain_block("spam.example", severity="suspend", reject_media=True, public_comment="Spam", obfuscate=True)
check("block", block.domain == "spam.example" and block.severity == "suspend" and block.reject_media and block.public_comment == "Spam")
check("blocks", [b.id for b in api.admin_domain_blocks()] == [block.id] and api.admin_domain_blocks(block.id).obfuscate)
changed = api.admin_update_domain_block(block.id, severity="silence", reject_reports=True)
check("update", changed.id == block.id and changed.severity == "silence" and changed.reject_media and changed.reject_reports)
refused("twice", lambda: api.admin_create_domain_block("spam.example"))
refused("a secret", lambda: api.admin_create_domain_block("other.example", private_comment="x"))
api.admin_delete_domain_block(block.id)
try:
    api.admin_domain_blocks(block.id)
    sys.exit("failed: the block is there still")
except MastodonNotFoundError:
    pass
check("trends", api.admin_trending_tags() == [] and api.admin_trending_links() == [])
check("measures", api.admin_measures(datetime(2026, 1, 1), datetime(2026, 1, 2), active_users=True) == [])
print("DONE")
