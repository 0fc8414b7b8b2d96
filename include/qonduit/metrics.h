/* metrics - how a run ended, as a text file of Prometheus for node_exporter's textfile collector (--metrics FILE).
 *
 *     metrics_begin(path, mapping, e)    before anything is done: a file that could not be written is told now
 *     metrics_take(&record, delivers)    what was done, where it is known
 *     metrics_finish(status)             with the exit status, in the end; without metrics_begin nothing
 *
 * One FILE a job, named *.prom. It is written beside and renamed, with mode 0644 whatever the umask, on every way out
 * but a kill, a second signal and a want of memory. All are gauges: each run is a program of its own that counts from
 * nothing, and a counter that falls at every run would be read as one that was reset. Every sample has the label
 * `mapping`: that of the command line, or of the run or folder that is delivered; where a run ends before that is
 * known, what the standing file says.
 *
 *   qonduit_last_run_timestamp_seconds         when it ended, since 1970
 *   qonduit_last_success_timestamp_seconds     when one last ended with exit status 0; 0: none is known
 *   qonduit_last_completed_timestamp_seconds   the same with 0 or 1: rows may be rejected or records refused
 *   qonduit_last_exit_status
 *   qonduit_last_run_info{command,run}         1
 *   qonduit_rows{result}                       read, filtered, duplicate, rejected, written
 *   qonduit_records{target,result}             accepted, refused, unchanged, pending; written, where nothing is sent
 *   qonduit_http_requests, _retries, _throttled, qonduit_http_waited_seconds, qonduit_requests_in_doubt
 *   qonduit_transform_seconds, qonduit_deliver_seconds
 *
 * What is not known, such as the rows of a run that ended before they were counted, is left out. The times of the last
 * success and the last completion are kept from the standing file where it is whole, ours, of the same mapping, and
 * not of the future. Milliseconds are printed by whole numbers. Secrets are masked (log.h).
 */
#ifndef QONDUIT_METRICS_H
#define QONDUIT_METRICS_H

#include "qonduit/ledger.h"

/* Of commands that take --metrics. */
#define METRICS_HELP \
	"\n--metrics FILE writes how the run ended, however it ended, for node_exporter's textfile collector: exit\n" \
	"status, rows, records, requests, and when a run last succeeded. Name it *.prom, one for each job; anybody may\n" \
	"read it (mode 0644).\n"

#define METRICS_MAX (1u << 20) /* bytes of a standing file that are looked at */

/* What a file tells. */
struct metrics {
	struct str label;            /* the mapping as it stands between the quotes */
	const char *command;
	int64_t now_ms, success_ms, completed_ms;
	int status;
	bool known;                  /* what follows is */
	bool delivers;
	struct run_record run;
};

/* `mapping`: null where the command line does not say. ERR_USAGE where the file could not be written, or something else
 * than a plain file is there. */
int metrics_begin(const char *path, const char *command, const char *mapping, struct err *e);
/* Copies nothing but numbers and names. `delivers`: false for convert. */
void metrics_take(const struct run_record *r, bool delivers);
/* The run's end is not one of the job's (--dry-run): the file stays as it is. */
void metrics_forget(void);
/* Returns `status`, or, where that is 0 and the file cannot be written, ERR_INPUT; the reason is in the log. */
int metrics_finish(int status);

/* `text` as the value of a label: masked, visible, escaped. */
void metrics_label(struct str text, struct buf *to);
void metrics_print(const struct metrics *m, struct buf *to);
/* Takes from a standing file what is to be kept: the label where `m` has none, then the times. What is broken, foreign
 * or of another mapping gives nothing. */
void metrics_keep(struct metrics *m, struct str file);

#endif
