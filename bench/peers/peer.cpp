// SPDX-License-Identifier: MIT
//
// The benchmarks on CAF 0.17, the C++ Actor Framework. Each prints "RES name value unit".
//
//     g++ -O2 -std=c++17 peer.cpp -lcaf_core -o peer && ./peer NAME COUNT
//
// spawn_exit runs under the policy "sharing", where CAF is some ten times faster at it than under
// its default, work stealing.
#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <vector>

using namespace caf;
using get_atom = atom_constant<atom("get")>;
using steady_clock = std::chrono::steady_clock;

static constexpr long processes_of_ring = 503;
static constexpr long senders = 100;
static constexpr long subscribers = 1000;

static void print_result(const std::string &name, double value, const char *unit) {
    std::printf("RES %s %.3f %s\n", name.c_str(), value, unit);
    std::fflush(stdout);
}

static void rate(const std::string &name, long count, steady_clock::time_point started) {
    std::chrono::duration<double> taken = steady_clock::now() - started;
    print_result(name, static_cast<double>(count) / taken.count(), "/s");
}

static double resident_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.compare(0, 6, "VmRSS:") == 0) {
            return std::atof(line.c_str() + 6) * 1024;
        }
    }
    return 0;
}

// Opens when as many have said done() as it was made for.
class gate {
  public:
    explicit gate(long count) : left_(count) {
    }
    void done() {
        if (left_.fetch_sub(1) == 1) {
            opened_.set_value();
        }
    }
    void wait() {
        opened_.get_future().wait();
    }

  private:
    std::atomic<long> left_;
    std::promise<void> opened_;
};

struct countdown {
    long left = 0;
};

using counting_actor = stateful_actor<countdown>;

static void spawn_exit(actor_system &system, long count) {
    gate all(count);
    auto started = steady_clock::now();
    system.spawn([&all, count](event_based_actor *self) {
        for (long i = 0; i < count; ++i) {
            self->spawn([&all](event_based_actor *) { all.done(); });
        }
    });
    all.wait();
    system.await_all_actors_done();
    rate("spawn_exit", count, started);
}

static void idle_bytes(actor_system &system, long count) {
    gate all(count);
    std::vector<actor> actors;
    actors.reserve(static_cast<size_t>(count));
    double before = resident_bytes();
    for (long i = 0; i < count; ++i) {
        actors.push_back(system.spawn([&all](event_based_actor *) -> behavior {
            all.done();
            return {[](int) {}};
        }));
    }
    all.wait();
    double grown = resident_bytes() - before;
    print_result("idle_bytes", grown / static_cast<double>(count) - sizeof(actor), "B");
    for (auto &each : actors) {
        anon_send_exit(each, exit_reason::kill);
    }
}

static void pingpong(actor_system &system, const std::string &name, long count) {
    gate end(1);
    auto pong = system.spawn(
        [](event_based_actor *) -> behavior { return {[](int ball) { return ball; }}; });
    auto started = steady_clock::now();
    system.spawn([&end, pong, count](counting_actor *self) -> behavior {
        self->state.left = count;
        self->send(pong, 1);
        return {[&end, pong, self](int ball) {
            if (--self->state.left == 0) {
                end.done();
                self->quit();
            } else {
                self->send(pong, ball);
            }
        }};
    });
    end.wait();
    rate(name, count, started);
    anon_send_exit(pong, exit_reason::user_shutdown);
}

struct node_state {
    actor next;
};

static void ring(actor_system &system, long count) {
    gate linked(processes_of_ring);
    gate end(1);
    std::vector<actor> nodes;
    for (long i = 0; i < processes_of_ring; ++i) {
        nodes.push_back(system.spawn([&](stateful_actor<node_state> *self) -> behavior {
            return {[self, &linked](actor next) {
                        self->state.next = next;
                        linked.done();
                    },
                    [self, &end](int left) {
                        if (left == 0) {
                            end.done();
                        } else {
                            self->send(self->state.next, left - 1);
                        }
                    }};
        }));
    }
    for (size_t i = 0; i < nodes.size(); ++i) {
        anon_send(nodes[i], nodes[(i + 1) % nodes.size()]);
    }
    linked.wait();
    auto started = steady_clock::now();
    anon_send(nodes[0], static_cast<int>(count - 1));
    end.wait();
    rate("ring", count, started);
    for (auto &each : nodes) {
        anon_send_exit(each, exit_reason::kill);
    }
}

static void fanin(actor_system &system, long count) {
    gate end(1);
    long each = count / senders;
    auto sink = system.spawn([&end, each](counting_actor *self) -> behavior {
        self->state.left = each * senders;
        return {[&end, self](int) {
            if (--self->state.left == 0) {
                end.done();
                self->quit();
            }
        }};
    });
    auto started = steady_clock::now();
    for (long i = 0; i < senders; ++i) {
        system.spawn([sink, each](event_based_actor *self) {
            for (long j = 0; j < each; ++j) {
                self->send(sink, 1);
            }
        });
    }
    end.wait();
    rate("fanin", each * senders, started);
}

static void call(actor_system &system, const std::string &name, long callers, long count) {
    gate end(callers);
    long each = count / callers;
    auto server = system.spawn([](counting_actor *self) -> behavior {
        return {[self](get_atom) { return static_cast<int>(self->state.left++); }};
    });
    auto started = steady_clock::now();
    for (long i = 0; i < callers; ++i) {
        system.spawn([&end, server, each](counting_actor *self) -> behavior {
            self->state.left = each;
            self->send(self, 0);
            return {[&end, server, self](int) {
                auto timeout = std::chrono::seconds(5);
                self->request(server, timeout, get_atom::value).then([&end, self](int) {
                    if (--self->state.left == 0) {
                        end.done();
                        self->quit();
                    } else {
                        self->send(self, 0);
                    }
                });
            }};
        });
    }
    end.wait();
    rate(name, each * callers, started);
    anon_send_exit(server, exit_reason::user_shutdown);
}

static void broadcast(actor_system &system, long events) {
    gate end(subscribers);
    std::vector<actor> actors;
    for (long i = 0; i < subscribers; ++i) {
        actors.push_back(system.spawn([&end, events](counting_actor *self) -> behavior {
            self->state.left = events;
            return {[&end, self](int) {
                if (--self->state.left == 0) {
                    end.done();
                    self->quit();
                }
            }};
        }));
    }
    auto started = steady_clock::now();
    system.spawn([&actors, events](event_based_actor *self) {
        for (long e = 0; e < events; ++e) {
            for (auto &each : actors) {
                self->send(each, static_cast<int>(e));
            }
        }
    });
    end.wait();
    rate("broadcast", subscribers * events, started);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: peer NAME COUNT\n");
        return 2;
    }
    std::string name = argv[1];
    long count = std::atol(argv[2]);
    actor_system_config config;
    config.set("scheduler.max-threads", size_t{2});
    if (name == "spawn_exit") {
        config.set("scheduler.policy", atom("sharing"));
    }
    actor_system system{config};
    std::map<std::string, std::function<void()>>{
        {"spawn_exit", [&] { spawn_exit(system, count); }},
        {"idle_bytes", [&] { idle_bytes(system, count); }},
        {"pingpong", [&] { pingpong(system, name, count); }},
        {"ring", [&] { ring(system, count); }},
        {"fanin", [&] { fanin(system, count); }},
        {"call_1", [&] { call(system, name, 1, count); }},
        {"call_100", [&] { call(system, name, 100, count); }},
        {"broadcast", [&] { broadcast(system, count); }},
    }
        .at(name)();
    return 0;
}
