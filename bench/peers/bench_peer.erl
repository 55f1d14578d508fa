%% SPDX-License-Identifier: MIT
%%
%% The benchmarks on Erlang/OTP. Each prints "RES name value unit".
%%
%%     erlc bench_peer.erl
%%     erl +S 2:2 +P 4000000 +t 4000000 -noshell -run bench_peer main NAME COUNT
%%
%% Each does its work in the form that is fastest here: pingpong, ring and fanin use plain receive
%% loops (a gen_server would be slower), the receiver of fanin keeps its messages off its heap.
-module(bench_peer).
-behaviour(gen_server).
-export([main/1]).
-export([noop/0, idle/0, hog/0, pong/1, node/2, subscriber/2, caller/3]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(PROCESSES_OF_RING, 503).
-define(SENDERS, 100).
-define(SUBSCRIBERS, 1000).
-define(NAMES, 100000).

main([Name, Count]) ->
    logger:set_primary_config(level, none),
    Main = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
        run(list_to_atom(Name), list_to_integer(Count)),
        Main ! done
    end),
    receive
        {'DOWN', Ref, process, Pid, normal} ->
            halt(0);
        {'DOWN', Ref, process, Pid, Reason} ->
            io:format(standard_error, "~p~n", [Reason]),
            halt(1)
    end.

%% ---- Measuring ----

result(Name, Value, Unit) ->
    io:format("RES ~s ~.3f ~s~n", [Name, float(Value), Unit]).

seconds(Work) ->
    Started = erlang:monotonic_time(nanosecond),
    Work(),
    (erlang:monotonic_time(nanosecond) - Started) / 1.0e9.

rate(Name, Count, Work) ->
    result(Name, Count / seconds(Work), "/s").

resident_bytes() ->
    {ok, Text} = file:read_file("/proc/self/status"),
    {match, [KiB]} = re:run(Text, "VmRSS:\\s+(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(KiB) * 1024.

repeat(0, _) ->
    ok;
repeat(Times, Work) ->
    Work(),
    repeat(Times - 1, Work).

await(0, _) ->
    ok;
await(Times, Message) ->
    receive
        Message -> await(Times - 1, Message)
    end.

%% ---- Processes ----

run(spawn_exit, Count) ->
    spawn_all(Count div 10),
    rate("spawn_exit", Count, fun() -> spawn_all(Count) end);
run(idle_bytes, Count) ->
    erlang:garbage_collect(),
    Before = resident_bytes(),
    start_servers(Count),
    result("idle_bytes", (resident_bytes() - Before) / Count, "B");
run(idle_bytes_supervised, Count) ->
    Child = #{id => idle, start => {gen_server, start_link, [?MODULE, 0, []]}},
    {ok, Sup} = supervisor:start_link(?MODULE, {#{strategy => simple_one_for_one}, [Child]}),
    erlang:garbage_collect(),
    Before = resident_bytes(),
    start_children(Sup, Count),
    result("idle_bytes_supervised", (resident_bytes() - Before) / Count, "B");
run(restart, Count) ->
    Main = self(),
    Up = atomics:new(1, []),
    Start = {gen_server, start_link, [?MODULE, {count, Up, Main, Count}, []]},
    Sup = start_supervisor(simple_one_for_one, Start, Count),
    start_children(Sup, Count),
    await(1, all_up),
    Pids = [Pid || {_, Pid, _, _} <- supervisor:which_children(Sup)],
    atomics:put(Up, 1, 0),
    Taken = seconds(fun() ->
        [exit(Pid, kill) || Pid <- Pids],
        await(1, all_up)
    end),
    result("restart_100k_ms", Taken * 1000, "ms");
run(kill_to_new, Count) ->
    Start = {gen_server, start_link, [?MODULE, {tell, self()}, []]},
    start_supervisor(one_for_one, Start, Count + 1000),
    {First, _} = kill(up(), 1000, []),
    {_, Times} = kill(First, Count, []),
    Sorted = lists:sort(Times),
    result("kill_to_new_p50_us", lists:nth(Count div 2 + 1, Sorted) * 1.0e6, "us"),
    result("kill_to_new_p99_us", lists:nth(Count - Count div 100, Sorted) * 1.0e6, "us");
%% ---- Messages ----

run(pingpong, Count) ->
    play(Count, "pingpong");
run(pingpong_receive, Count) ->
    play(Count, "pingpong_receive");
run(ring, Count) ->
    Main = self(),
    First = spawn(?MODULE, node, [undefined, Main]),
    Last = lists:foldl(
        fun(_, Next) -> spawn(?MODULE, node, [Next, Main]) end,
        First,
        lists:seq(2, ?PROCESSES_OF_RING)
    ),
    First ! {next, Last},
    rate("ring", Count, fun() ->
        First ! Count - 1,
        receive
            done -> ok
        end
    end);
run(fanin, Count) ->
    Main = self(),
    Each = Count div ?SENDERS,
    Sink = spawn_opt(
        fun() ->
            await(Each * ?SENDERS, message),
            Main ! done
        end,
        [{message_queue_data, off_heap}]
    ),
    Senders = [
        spawn(fun() ->
            await(1, go),
            send(Sink, Each)
        end)
     || _ <- lists:seq(1, ?SENDERS)
    ],
    rate("fanin", Each * ?SENDERS, fun() ->
        [Sender ! go || Sender <- Senders],
        await(1, done)
    end);
run(broadcast, Events) ->
    Main = self(),
    Pids = [spawn(?MODULE, subscriber, [Main, Events]) || _ <- lists:seq(1, ?SUBSCRIBERS)],
    rate("broadcast", ?SUBSCRIBERS * Events, fun() ->
        publish(Pids, Events),
        await(?SUBSCRIBERS, done)
    end);
%% ---- Calls ----

run(call_1, Count) ->
    calls_of("call_1", 1, Count);
run(call_100, Count) ->
    calls_of("call_100", 100, Count);
%% ---- Timers, names, tables ----

run(timers_1m_ms, Count) ->
    cancel(start_timers(Count, [])),
    Taken = seconds(fun() -> cancel(start_timers(Count, [])) end),
    result("timers_1m_ms", Taken * 1000, "ms");
run(hog_ping, Count) ->
    Answerer = spawn(?MODULE, pong, [self()]),
    [spawn(?MODULE, hog, []) || _ <- lists:seq(1, 4)],
    {Trips, Gap} = pings(Count, Answerer, now_ns(), [], 0),
    result("hog_ping_p99_us", lists:nth(Count * 99 div 100 + 1, lists:sort(Trips)) / 1000, "us"),
    result("hog_ping_gap_ms", Gap / 1.0e6, "ms");
run(name_lookup, Count) ->
    Names = [list_to_atom("n" ++ integer_to_list(I)) || I <- lists:seq(1, ?NAMES)],
    [register(Name, spawn(?MODULE, idle, [])) || Name <- Names],
    Rounds = Count div ?NAMES,
    rate("name_lookup", Rounds * ?NAMES, fun() -> repeat(Rounds, fun() -> find(Names) end) end);
run(table_rows, Count) ->
    Table = ets:new(rows, [set, public]),
    rate("table_insert", Count, fun() -> insert(Table, Count) end),
    rate("table_lookup", Count, fun() -> lookup(Table, Count) end);
run(table_rows_2, Count) ->
    table_round(Count, 2),
    Rounds = [{table_round(Count, 1), table_round(Count, 2)} || _ <- lists:seq(1, 3)],
    Sum = fun(Rate) -> lists:sum([Rate(Round) || Round <- Rounds]) end,
    Inserts = Sum(fun({_, {Two, _}}) -> Two end) / Sum(fun({{One, _}, _}) -> One end),
    Lookups = Sum(fun({_, {_, Two}}) -> Two end) / Sum(fun({{_, One}, _}) -> One end),
    result("table_insert_2", Inserts, "times"),
    result("table_lookup_2", Lookups, "times").

%% ---- The parts ----

noop() ->
    ok.

idle() ->
    receive
        stop -> ok
    end.

spawn_all(Count) ->
    Before = erlang:system_info(process_count),
    spawn_some(Count),
    wait_for_processes(Before).

spawn_some(0) ->
    ok;
spawn_some(Count) ->
    spawn(?MODULE, noop, []),
    spawn_some(Count - 1).

wait_for_processes(Most) ->
    case erlang:system_info(process_count) =< Most of
        true ->
            ok;
        false ->
            erlang:yield(),
            wait_for_processes(Most)
    end.

start_servers(0) ->
    ok;
start_servers(Count) ->
    {ok, _} = gen_server:start(?MODULE, 0, []),
    start_servers(Count - 1).

start_children(_, 0) ->
    ok;
start_children(Sup, Count) ->
    {ok, _} = supervisor:start_child(Sup, []),
    start_children(Sup, Count - 1).

%% With one child, or the template of many, and no limit that restarts would meet.
start_supervisor(Strategy, Start, Restarts) ->
    Flags = #{strategy => Strategy, intensity => Restarts, period => 60},
    Child = #{id => child, start => Start, shutdown => brutal_kill},
    {ok, Sup} = supervisor:start_link(?MODULE, {Flags, [Child]}),
    Sup.

up() ->
    receive
        {up, Pid} -> Pid
    end.

kill(Pid, 0, Times) ->
    {Pid, Times};
kill(Pid, Left, Times) ->
    Started = erlang:monotonic_time(nanosecond),
    exit(Pid, kill),
    Next = up(),
    Taken = (erlang:monotonic_time(nanosecond) - Started) / 1.0e9,
    kill(Next, Left - 1, [Taken | Times]).

play(Count, Name) ->
    Peer = spawn(?MODULE, pong, [self()]),
    ping(Peer, 10000),
    rate(Name, Count, fun() -> ping(Peer, Count) end).

ping(_, 0) ->
    ok;
ping(Peer, Count) ->
    Peer ! ball,
    receive
        ball -> ping(Peer, Count - 1)
    end.

pong(Peer) ->
    receive
        ball ->
            Peer ! ball,
            pong(Peer)
    end.

hog() ->
    hog().

%% A ping each millisecond, by timer: the round trips, and the longest time without an answer.
pings(0, _, _, Trips, Gap) ->
    {Trips, Gap};
pings(Count, Answerer, Answered, Trips, Gap) ->
    erlang:send_after(1, self(), tick),
    await(1, tick),
    Sent = now_ns(),
    Answerer ! ball,
    await(1, ball),
    Now = now_ns(),
    pings(Count - 1, Answerer, Now, [Now - Sent | Trips], max(Gap, Now - Answered)).

now_ns() ->
    erlang:monotonic_time(nanosecond).

node(Next, Main) ->
    receive
        {next, Other} ->
            node(Other, Main);
        0 ->
            Main ! done,
            node(Next, Main);
        Left ->
            Next ! Left - 1,
            node(Next, Main)
    end.

send(_, 0) ->
    ok;
send(To, Count) ->
    To ! message,
    send(To, Count - 1).

subscriber(Main, 0) ->
    Main ! done;
subscriber(Main, Left) ->
    receive
        {event, _} -> subscriber(Main, Left - 1)
    end.

publish(_, 0) ->
    ok;
publish(Pids, Event) ->
    [Pid ! {event, Event} || Pid <- Pids],
    publish(Pids, Event - 1).

calls_of(Name, Callers, Count) ->
    {ok, Server} = gen_server:start(?MODULE, 0, []),
    calls(Server, 10000),
    Each = Count div Callers,
    Pids = [spawn(?MODULE, caller, [self(), Server, Each]) || _ <- lists:seq(1, Callers)],
    rate(Name, Each * Callers, fun() ->
        [Pid ! go || Pid <- Pids],
        await(Callers, done)
    end).

caller(Main, Server, Count) ->
    await(1, go),
    calls(Server, Count),
    Main ! done.

calls(_, 0) ->
    ok;
calls(Server, Count) ->
    gen_server:call(Server, get, 5000),
    calls(Server, Count - 1).

start_timers(0, Timers) ->
    Timers;
start_timers(Count, Timers) ->
    Timer = erlang:start_timer(60000 + Count * 7919 rem 600000, self(), late),
    start_timers(Count - 1, [Timer | Timers]).

cancel([]) ->
    ok;
cancel([Timer | Rest]) ->
    erlang:cancel_timer(Timer),
    cancel(Rest).

find([]) ->
    ok;
find([Name | Rest]) ->
    whereis(Name),
    find(Rest).

insert(Table, Count) ->
    insert(Table, 1, Count).

insert(_, First, Last) when First > Last ->
    ok;
insert(Table, First, Last) ->
    ets:insert(Table, {Last, Last}),
    insert(Table, First, Last - 1).

%% Rows per second of N processes: each puts its part of the rows, each looks all of them up.
table_round(Count, N) ->
    Table = ets:new(rows, [set, public, {read_concurrency, true}, {write_concurrency, true}]),
    Insert = at_once(N, fun(I) ->
        insert(Table, Count * (I - 1) div N + 1, Count * I div N)
    end),
    Lookup = at_once(N, fun(_) -> lookup(Table, Count) end),
    ets:delete(Table),
    {Count / Insert, Count * N / Lookup}.

%% Seconds from the first start to the last end of N processes that begin together.
at_once(N, Work) ->
    Main = self(),
    Pids = [spawn_link(fun() ->
        receive go -> ok end,
        Started = now_ns(),
        Work(I),
        Main ! {worked, Started, now_ns()}
    end) || I <- lists:seq(1, N)],
    [Pid ! go || Pid <- Pids],
    Times = [receive {worked, Started, Ended} -> {Started, Ended} end || _ <- Pids],
    {Starts, Ends} = lists:unzip(Times),
    true = lists:max(Starts) < lists:min(Ends),
    (lists:max(Ends) - lists:min(Starts)) / 1.0e9.

lookup(_, 0) ->
    ok;
lookup(Table, I) ->
    [_] = ets:lookup(Table, I),
    lookup(Table, I - 1).

%% ---- gen_server and supervisor ----

init({tell, Main}) ->
    Main ! {up, self()},
    {ok, 0};
init({count, Up, Main, All}) ->
    case atomics:add_get(Up, 1, 1) of
        All -> Main ! all_up;
        _ -> ok
    end,
    {ok, 0};
init({Flags, Children}) ->
    {ok, {Flags, Children}};
init(Value) ->
    {ok, Value}.

handle_call(get, _From, Value) ->
    {reply, Value, Value + 1}.

handle_cast(_Request, Value) ->
    {noreply, Value}.
