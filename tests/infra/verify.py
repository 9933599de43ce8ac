"""The stack, deployed on an emulator of AWS that nobody here wrote.

    target/infra/bin/python tests/infra/verify.py [--infra FOLDER] [--zips FOLDER] [--binaries FOLDER] [--aws PROGRAM] [--keep]

One line a check; exit status 1 if any failed. README.md tells how it works, and where the emulator is not like AWS.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True  # sources are all that is to be in this folder

from checks import command_line, jobs, joins, messages, privileges, redeploy, rules, schedules, teardown, uploads
from checks.privileges import Privileges
from emulator import Emulator, Engine
from programs import end_all_in
from stack import Stack

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


class Checks:
    """Runs checks, a line each, and counts them."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def __call__(self, name, check, *arguments):
        began, returned = time.monotonic(), None
        try:
            returned = check(*arguments)
        except Exception:
            self.failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
        return returned


def check_all(check, stack, emulator, privileged, binaries, folder):
    check("rule: the pattern for jobs that have ended", rules.job_changes, stack, REPOSITORY)
    check("rule: the pattern for queues that are blocked", rules.queue_blocked, stack, REPOSITORY)
    check("upload: definitions are registered", uploads.registers_definitions, stack, REPOSITORY)
    check("schedule: a registration makes one", schedules.registering_makes_one, stack)
    check("schedule: the emulator's lack is made up for", schedules.fills_in_the_time, stack)
    check("upload: the demo runs to its end", uploads.runs_the_demo, stack, REPOSITORY)
    check("upload: duplicate events start nothing", uploads.duplicates_start_nothing, stack)
    check("upload: a definition that is gone is passed over", uploads.one_that_is_gone_is_passed_over, stack, privileged)
    check("upload: key, metadata and tags are parameters", uploads.gives_its_parameters, stack)
    check("upload: some become one run, over a manifest", uploads.are_gathered, stack)
    check("upload: a bucket of one's own is joined by EventBridge", joins.a_bucket, stack)
    check("upload: a bucket of one's own is asked about its objects", joins.its_objects_are_asked_about, stack)
    check("message: a queue of one's own is joined", joins.a_queue, stack)
    messages.breaks_something(stack)
    check("message: a batch with one bad message keeps nine", messages.a_bad_one_keeps_nine, stack)
    messages.what_nobody_can_handle(stack, REPOSITORY)
    check("message: what cannot be handled blocks nothing", messages.it_blocks_nothing, stack)
    check("message: a malformed one is kept as rejected", messages.malformed_ones_are_kept_as_rejected, stack)
    check("upload: a new version replaces triggers and schedules", uploads.a_new_version_replaces_the_old, stack, REPOSITORY)
    check("job: a cancel leaves none", jobs.a_cancel_leaves_none, stack, folder)
    check("job: a retry runs what failed", jobs.a_retry_runs_what_failed, stack, folder)
    check("job: a lost answer makes no twin", jobs.a_lost_answer_makes_no_twin, stack, emulator)
    check("job: a cancel finds a job that nobody knows", jobs.a_cancel_finds_a_job_nobody_knows, stack, emulator)
    check("message: what cannot be handled ends in the dead-letter queue of its door", messages.it_ends_in_dead_letters, stack)
    messages.mends_it(stack)
    check("job: outputs are handed on", jobs.outputs_are_handed_on, stack)
    check("job: items are done, one run at a time", jobs.items_are_done_one_run_at_a_time, stack, folder)
    check("job: throttled submissions wait their turn", jobs.throttled_ones_wait_their_turn, stack, emulator, privileged)
    check("schedule: the sweep's own fires", schedules.the_sweep_is_swept, stack, privileged)
    check("job: a lost request is sent again", jobs.a_lost_request_is_sent_again, stack, emulator)
    check("job: a lost event is asked for", jobs.a_lost_event_is_asked_for, stack, emulator)
    check("redeploy: runs in flight are not lost", redeploy.loses_no_run, stack)
    check("schedule: one that fires starts a run", schedules.fires, stack)
    check("schedule: one that was left behind is deleted", schedules.one_left_behind_is_deleted, stack)
    check("command line: it works with the stack as with the laptop", command_line.works_with_the_stack, stack, binaries, REPOSITORY)
    check("command line: it prints what jobs wrote", command_line.prints_logs, stack, binaries)
    check("message: nothing else went astray", messages.no_other_dead_letters, stack)
    check("privileges: the callers of all calls are known", privileges.everyone_is_known, privileged)
    check("privileges: nothing was forbidden", privileges.nothing_was_forbidden, privileged)
    check("privileges: what was done is allowed", privileges.what_was_done_is_allowed, privileged)
    check("privileges: what is allowed was done", privileges.what_is_allowed_was_done, privileged, HERE / "unused-permissions.yaml")
    check("privileges: jobs keep to their role", privileges.jobs_keep_to_their_role, privileged)
    check("privileges: schedules need what their role allows", privileges.schedules_need_their_role, privileged)
    check("privileges: no wildcards", privileges.no_wildcards, privileged)
    check("teardown: the data is kept, the rest goes", teardown.keeps_the_data, stack)


def verify(options, folder):
    check, began, started = Checks(), time.monotonic(), []
    try:
        emulator = Emulator(folder)
        started.append(emulator)
        stack = Stack(emulator, options.infra, options.zips, options.aws)
        check("stack: deploy.sh makes it", stack.deploy)
        if check.failed:
            return check
        engine = Engine(emulator, options.binaries, stack.job_queues, stack.pattern("JobChangeRule"), stack.function("on-job-change"))
        started.append(engine)
        check_all(check, stack, emulator, Privileges(stack, emulator), options.binaries, folder)
    finally:
        # Nothing keeps this from being done to its end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for program in reversed(started):
            program.stop()
        left = end_all_in(folder)
    check("everything is gone at the end", nothing_is_left, left)
    print(f"{time.monotonic() - began:.0f} s")
    return check


def nothing_is_left(left):
    assert left == 0, f"{left} processes had to be ended"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    path = lambda text: Path(text).resolve()
    parser.add_argument("--infra", type=path, default=REPOSITORY / "infra", help="where the templates are")
    parser.add_argument("--zips", type=path, default=REPOSITORY / "target/lambda", help="where the packages are")
    parser.add_argument("--binaries", type=path, default=REPOSITORY / "target/debug", help="where batchwright, batch-engine and profile are")
    parser.add_argument("--aws", type=path, default=REPOSITORY / "target/strangers/bin/aws", help="the AWS CLI")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = parser.parse_args()
    # A request to end is as good as Ctrl-C: everything is put away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="batchwright-infra-")).resolve()
    try:
        check = verify(options, folder)
    except KeyboardInterrupt:
        sys.exit("interrupted")
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
