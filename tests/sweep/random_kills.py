#!/usr/bin/env python3
"""Kills one delivery of many records at random times, goes on each time, until it is done: it converges, what stands is what the input says,
and nothing is repeated beyond one import and one group of lines for each kill. random_kills.py PROGRAM [--kills N] [--rows N] [--seed N]"""
import random
import subprocess
import sys
import time

from sweep_tools import CONTRACTS, ENDED, Delivery, Sandbox, arguments

GROUP = 1024
FIRST = 0.035  # seconds


class Kills(Delivery):
    def whole_time(self):
        """How long the delivery takes where nobody kills it."""
        with Sandbox(job_ms=5) as sandbox, self.open(sandbox) as place:
            began = time.monotonic()
            process = self.start(place)
            _, err = process.communicate()
            self.assertEqual(process.returncode, 0, err)
            return time.monotonic() - began

    def next(self, place, run):
        """The next process: it resumes what there is, or pushes. Each a little later than the last, as a user would."""
        if not run:
            return self.start(place)
        return place.start("runs", "resume", run, *CONTRACTS, "--state", place.state, "--json")

    def run_of(self, place):
        folders = sorted(p.name for p in (place.state / "runs").glob("*") if (p / "spool/manifest.json").exists())
        return folders[-1] if folders else None

    def kill(self, kills, rng, whole):
        """Deliveries one after the other, each killed and gone on with until it is done, until that many kills have come."""
        done = deliveries = repeats = 0
        while done < kills:
            with Sandbox(job_ms=5) as sandbox, self.open(sandbox) as place:
                here = self.one(place, kills - done, rng, whole)
                repeats += self.look(place, sandbox, here)
            done += here
            deliveries += 1
        return done, deliveries, repeats

    def one(self, place, most, rng, whole):
        """The longest time between two kills is short at first, and grows until the delivery gets on."""
        here, slow = 0, FIRST
        while True:
            run = self.run_of(place)
            process = self.next(place, run)
            try:
                process.wait(rng.uniform(0, slow if run else whole / 2) + (whole if here >= most else 0) * 50)
                ended = True
            except subprocess.TimeoutExpired:
                process.kill()
                here += 1
                ended = False
            out, err = process.communicate()
            self.keeps_the_secret(place, out, err)
            if ended and process.returncode == 0:
                return here
            if ended and process.returncode != 0 and not (process.returncode == 5 and b"push again" in err):
                raise AssertionError((process.returncode, out, err))
            slow = min(slow * (1.002 if run else 1), whole)

    def look(self, place, sandbox, kills):
        self.stands_everywhere(sandbox)
        repeats = self.repeats(sandbox)
        self.assertLessEqual(repeats["small.products"], kills)
        self.assertLessEqual(sum(repeats.values()), kills * GROUP)
        run = place.show(self.run_of(place))
        self.adds_up(run)
        self.assertEqual(run["status"], "done")
        for target, requests in self.requests.items():
            o = run["outputs"][target]
            self.assertEqual((o["records"], o["requests"], o["sent"], o["accepted"], o["refused"]), (self.rows, requests, self.rows, self.rows, 0))
        self.assertGreaterEqual(run["in_doubt"], sum(repeats.values()), "repeats are told")
        self.ledgers_are_sound(place, ENDED)
        return sum(repeats.values())


def main():
    given = arguments(kills=300, rows=10000, seed=20261122)
    delivery = Kills(given.rows, max(given.rows // 40, 1))
    delivery.setUp()
    whole, began = delivery.whole_time(), time.monotonic()
    kills, deliveries, repeats = delivery.kill(given.kills, random.Random(given.seed), whole)
    most = kills * GROUP
    print(f"random kills: {kills} kills in {deliveries} deliveries of {given.rows} records to each of three systems (a clean one takes {whole:.1f} s), "
          f"0 violations, {repeats} repeats (at most {most}), {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
