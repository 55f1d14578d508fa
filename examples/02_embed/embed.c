/* SPDX-License-Identifier: MIT */
/* Lesson 2: a server inside an ordinary threaded program. Four threads count words; one process
 * holds the sum. */
#include <otp/otp.h>

#include <pthread.h>
#include <stdio.h>

typedef struct tally {
    int64_t words;
} tally;

static otp_result tally_init(void *state, otp_term args) {
    (void)state, (void)args;
    return otp_ok();
}

static otp_result tally_call(void *state, otp_term request, otp_from from) {
    tally *t = state;
    int64_t n = 0;
    (void)from;
    otp_match(request, "{add, ~i}", &n);
    t->words += n;
    return otp_reply(otp_int(t->words));
}

static const otp_gen_server tally_server = {
    .name = "tally", .state_size = sizeof(tally), .init = tally_init, .handle_call = tally_call};

/* Runs as a process: starts the server under a name, and ends. */
static void open_tally(otp_term unused) {
    (void)unused;
    otp_pid pid;
    otp_err err =
        otp_start(&tally_server, otp_nil(), &(otp_start_opts){.name = OTP_ATOM(tally)}, &pid);
    OTP_ASSERT(err == OTP_OK);
}

static otp_system *node;

static void *count_words(void *text) {
    int64_t words = 0;
    for (const char *c = text; *c; c++) {
        words += *c != ' ' && (c[1] == ' ' || c[1] == 0);
    }
    otp_scope scope = otp_scope_begin(); /* what this thread builds and gets back */
    otp_term reply;
    otp_err err = otp_foreign_call(node, OTP_ATOM(tally), otp_tuple(OTP_ATOM(add), otp_int(words)),
                                   5000, &reply);
    otp_scope_end(scope);
    return err == OTP_OK ? text : NULL;
}

static bool count_all(void) {
    static char *texts[] = {"let it crash", "and see", "who starts it again", "in time"};
    pthread_t threads[4];
    bool ok = true;
    for (int i = 0; i < 4; i++) {
        ok = ok && pthread_create(&threads[i], NULL, count_words, texts[i]) == 0;
    }
    for (int i = 0; i < 4; i++) {
        void *counted;
        ok = pthread_join(threads[i], &counted) == 0 && counted && ok;
    }
    return ok;
}

int main(void) {
    otp_world *world;
    otp_term words;
    otp_err err = otp_world_start(&(otp_world_opts){.mode = OTP_PARALLEL}, &world);
    if (err != OTP_OK) {
        fprintf(stderr, "embed: %s: %s\n", otp_err_text(err), otp_err_advice(err));
        return 1;
    }
    err = otp_system_start(world, NULL, &node);
    err = err ? err : otp_run(node, open_tally, otp_nil(), 5000, NULL);
    bool ok = err == OTP_OK && count_all();
    err = err ? err : otp_foreign_call(node, OTP_ATOM(tally), OTP_ATOM(get), 5000, &words);
    if (ok && err == OTP_OK) {
        printf("%s words\n", otp_show(words));
    }
    otp_world_stop(world);
    return ok && err == OTP_OK ? 0 : 1;
}
