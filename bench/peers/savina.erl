%% SPDX-License-Identifier: MIT
%%
%% The programs of the Savina suite on Erlang/OTP: the same messages between the same processes, and
%% the same sizes, as in ../savina_*.c. Each prints "RES savina_NAME value ms", the median of COUNT
%% runs.
%%
%%     erlc savina.erl
%%     erl +S 2:2 -noshell -run savina main NAME COUNT
%%
%% Processes are plain receive loops, which is fastest here; only the accounts of banking, which
%% call each other, are gen_servers.
-module(savina).
-behaviour(gen_server).
-export([main/1]).
-export([init/1, handle_call/3, handle_cast/2]).

main([Name, Count]) ->
    logger:set_primary_config(level, none),
    Run = run(Name),
    Run(),
    Times = [milliseconds(Run) || _ <- lists:seq(1, list_to_integer(Count))],
    Median = lists:nth(length(Times) div 2 + 1, lists:sort(Times)),
    io:format("RES ~s ~.3f ms~n", [Name, Median]),
    halt(0).

milliseconds(Run) ->
    Started = erlang:monotonic_time(nanosecond),
    Run(),
    (erlang:monotonic_time(nanosecond) - Started) / 1.0e6.

run("savina_pingpong") -> fun pingpong/0;
run("savina_count") -> fun count/0;
run("savina_threadring") -> fun threadring/0;
run("savina_bndbuffer") -> fun bndbuffer/0;
run("savina_philosopher") -> fun philosopher/0;
run("savina_banking") -> fun banking/0.

%% The answer of a run, which must be this.
await(Answer) ->
    receive
        Answer -> ok;
        Other -> error({wrong, Other})
    end.

times(0, _) ->
    ok;
times(N, Work) ->
    Work(),
    times(N - 1, Work).

%% ---- pingpong ----

pingpong() ->
    Main = self(),
    Ponger = spawn(fun ponger/0),
    spawn(fun() -> pinger(Ponger, Main, 40000) end),
    await(done).

pinger(Ponger, Main, 0) ->
    Ponger ! stop,
    Main ! done;
pinger(Ponger, Main, Left) ->
    Ponger ! {ping, self()},
    receive
        pong -> pinger(Ponger, Main, Left - 1)
    end.

ponger() ->
    receive
        {ping, From} ->
            From ! pong,
            ponger();
        stop ->
            ok
    end.

%% ---- count ----

count() ->
    Main = self(),
    Counter = spawn(fun() -> counter(0) end),
    spawn(fun() ->
        times(1000000, fun() -> Counter ! increment end),
        Counter ! {get, self()},
        receive
            Value -> Main ! Value
        end
    end),
    await(1000000).

counter(Value) ->
    receive
        increment -> counter(Value + 1);
        {get, From} -> From ! Value
    end.

%% ---- threadring ----

threadring() ->
    Main = self(),
    First = spawn(fun() ->
        receive
            {next, Next} -> node(Next, Main)
        end
    end),
    Last = lists:foldl(
        fun(_, Next) -> spawn(fun() -> node(Next, Main) end) end,
        First,
        lists:seq(2, 100)
    ),
    First ! {next, Last},
    First ! 100000,
    await(-100).

%% 0 and below: the end, and how many have been told.
node(Next, Main) ->
    receive
        Left when Left > 0 ->
            Next ! Left - 1,
            node(Next, Main);
        -99 ->
            Main ! -100;
        Left ->
            Next ! Left - 1
    end.

%% ---- bndbuffer ----

bndbuffer() ->
    Main = self(),
    spawn(fun() ->
        Self = self(),
        Consumers = [spawn(fun() -> consumer(Self, 0) end) || _ <- lists:seq(1, 40)],
        [spawn(fun() -> producer(Self, 0) end) ! produce || _ <- lists:seq(1, 40)],
        Main ! manager(queue:new(), queue:new(), queue:from_list(Consumers), 0)
    end),
    await(40 * 1000 * 1001 div 2).

producer(Manager, Made) ->
    receive
        produce when Made =:= 1000 ->
            Manager ! exit;
        produce ->
            Manager ! {data, self(), Made + 1},
            producer(Manager, Made + 1)
    end.

consumer(Manager, Taken) ->
    receive
        exit ->
            Manager ! {taken, Taken};
        Item ->
            Manager ! {available, self()},
            consumer(Manager, Taken + Item)
    end.

%% What waits: items, at most 10, as one may be on its way from each producer; then producers and
%% consumers.
manager(Items, Producers, Consumers, 40) ->
    case queue:len(Consumers) of
        40 ->
            [Consumer ! exit || Consumer <- queue:to_list(Consumers)],
            sum(40, 0);
        _ ->
            manager_next(Items, Producers, Consumers, 40)
    end;
manager(Items, Producers, Consumers, Gone) ->
    manager_next(Items, Producers, Consumers, Gone).

manager_next(Items, Producers, Consumers, Gone) ->
    receive
        {data, Producer, Item} ->
            {Items1, Consumers1} = give(Item, Items, Consumers),
            case queue:len(Items1) >= 10 of
                true ->
                    manager(Items1, queue:in(Producer, Producers), Consumers1, Gone);
                false ->
                    Producer ! produce,
                    manager(Items1, Producers, Consumers1, Gone)
            end;
        {available, Consumer} ->
            case queue:out(Items) of
                {empty, _} ->
                    manager(Items, Producers, queue:in(Consumer, Consumers), Gone);
                {{value, Item}, Items1} ->
                    Consumer ! Item,
                    manager(Items1, wake(queue:out(Producers)), Consumers, Gone)
            end;
        exit ->
            manager(Items, Producers, Consumers, Gone + 1)
    end.

give(Item, Items, Consumers) ->
    case queue:out(Consumers) of
        {empty, _} ->
            {queue:in(Item, Items), Consumers};
        {{value, Consumer}, Consumers1} ->
            Consumer ! Item,
            {Items, Consumers1}
    end.

wake({empty, Producers}) ->
    Producers;
wake({{value, Producer}, Producers}) ->
    Producer ! produce,
    Producers.

sum(0, Sum) ->
    Sum;
sum(Left, Sum) ->
    receive
        {taken, Taken} -> sum(Left - 1, Sum + Taken)
    end.

%% ---- philosopher ----

philosopher() ->
    Main = self(),
    spawn(fun() ->
        Self = self(),
        [spawn(fun() -> eat(Self, Seat, 10000) end) || Seat <- lists:seq(0, 19)],
        Main ! arbiter(0, 0, 0)
    end),
    await(20 * 10000).

eat(Arbiter, _, 0) ->
    Arbiter ! exit;
eat(Arbiter, Seat, Left) ->
    Arbiter ! {hungry, self(), Seat},
    receive
        denied ->
            eat(Arbiter, Seat, Left);
        eat ->
            Arbiter ! {done, Seat},
            eat(Arbiter, Seat, Left - 1)
    end.

%% The forks that are taken are the bits of a number.
arbiter(_, 20, Meals) ->
    Meals;
arbiter(Taken, Gone, Meals) ->
    receive
        {hungry, Pid, Seat} ->
            case Taken band forks(Seat) of
                0 ->
                    Pid ! eat,
                    arbiter(Taken bor forks(Seat), Gone, Meals);
                _ ->
                    Pid ! denied,
                    arbiter(Taken, Gone, Meals)
            end;
        {done, Seat} ->
            arbiter(Taken band bnot forks(Seat), Gone, Meals + 1);
        exit ->
            arbiter(Taken, Gone + 1, Meals)
    end.

forks(Seat) ->
    1 bsl Seat bor (1 bsl ((Seat + 1) rem 20)).

%% ---- banking ----

banking() ->
    Pids = [element(2, gen_server:start(?MODULE, 1000000, [])) || _ <- lists:seq(1, 1000)],
    Accounts = list_to_tuple(Pids),
    order(Accounts, 50000, 1),
    times(50000, fun() -> await(transferred) end),
    1000000000 = lists:sum([gen_server:call(Pid, balance, infinity) || Pid <- Pids]),
    [gen_server:cast(Pid, close) || Pid <- Pids],
    ok.

order(_, 0, _) ->
    ok;
order(Accounts, Left, Seed) ->
    {A, Seed1} = below(Seed, 100),
    From = A * 8,
    {B, Seed2} = below(Seed1, 1000 - From - 1),
    {Amount, Seed3} = below(Seed2, 1000),
    To = element(From + 1 + B + 1, Accounts),
    gen_server:cast(element(From + 1, Accounts), {credit, self(), To, Amount}),
    order(Accounts, Left - 1, Seed3).

below(Seed, N) ->
    Next = (Seed * 1103515245 + 12345) rem 2147483648,
    {(Next div 8) rem N, Next}.

init(Balance) ->
    {ok, Balance}.

handle_call({debit, Amount}, _From, Balance) ->
    {reply, Balance + Amount, Balance + Amount};
handle_call(balance, _From, Balance) ->
    {reply, Balance, Balance}.

handle_cast({credit, Teller, To, Amount}, Balance) ->
    gen_server:call(To, {debit, Amount}, infinity),
    Teller ! transferred,
    {noreply, Balance - Amount};
handle_cast(close, Balance) ->
    {stop, normal, Balance}.
