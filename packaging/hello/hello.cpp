// SPDX-License-Identifier: MIT
//
// The smallest C++ program on the installed runtime: a server that greets, and a process that calls
// it. Built by build.sh with what pkg-config says, or by CMakeLists.txt, outside of the source
// tree.
#include <otp/otp.h>

#include <cstdio>

namespace {

struct greeter {
    int64_t greeted;
};

otp_result greeter_call(void *state, otp_term request, otp_from) {
    auto *g = static_cast<greeter *>(state);
    otp_term name;
    if (!otp_match(request, "{hello, ~t}", &name)) {
        return otp_stop(otp_tuple(OTP_ATOM(bad_request), request));
    }
    return otp_reply(otp_tuple(OTP_ATOM(hello), name, otp_int(++g->greeted)));
}

// C++17 has no designated initialisers: a function fills the struct.
otp_gen_server greeter_make() {
    otp_gen_server server{};
    server.name = "greeter";
    server.state_size = sizeof(greeter);
    server.handle_call = greeter_call;
    return server;
}

const otp_gen_server greeter_server = greeter_make();

void greet(otp_term name) {
    otp_pid pid;
    otp_term answer;
    int64_t greeted;
    if (otp_start_link(&greeter_server, otp_nil(), nullptr, &pid) != OTP_OK ||
        otp_call(pid, otp_tuple(OTP_ATOM(hello), name), 5000, &answer) != OTP_OK ||
        !otp_match(answer, "{hello, ~w, ~i}", name, &greeted) || greeted != 1) {
        otp_exit(OTP_ATOM(no_answer));
    }
    std::printf("hello, %s\n", otp_show(name));
}

} // namespace

int main() {
    otp_world *world;
    otp_system *node;
    otp_outcome outcome{};
    otp_world_opts opts{};
    opts.mode = OTP_PARALLEL;
    otp_err err = otp_world_start(&opts, &world);
    if (err == OTP_OK) {
        err = otp_system_start(world, nullptr, &node);
        if (err == OTP_OK) {
            err = otp_run(node, greet, OTP_ATOM(world), 10000, &outcome);
        }
        otp_world_stop(world);
    }
    if (err != OTP_OK || !outcome.normal) {
        std::fprintf(stderr, "hello_cpp: %s; the process ended with %s\n", otp_err_text(err),
                     outcome.reason);
        return 1;
    }
    return 0;
}
