%% SPDX-License-Identifier: MIT
%%
%% gen_server steps, and the server whose callbacks are scripts. Its state is the environment that
%% the steps have left behind.
-module(conform_server).
-behaviour(gen_server).
-export([step/2, start_child/4, start_dynamic/4]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2]).

%% ---- Steps ----

step(start, [Server]) -> step(start, [Server, #{}]);
step(start, [Server, Options]) -> {value, start(start, Server, Options)};
step(start_link, [Server]) -> step(start_link, [Server, #{}]);
step(start_link, [Server, Options]) -> {value, start(start_link, Server, Options)};
step(start_monitor, [Server]) -> step(start_monitor, [Server, #{}]);
step(start_monitor, [Server, Options]) -> {value, start(start_monitor, Server, Options)};
step(call, [Dest, Request]) -> {value, call(Dest, Request, 5000)};
step(call, [Dest, Request, Time]) ->
    {value, call(Dest, Request, conform:time(Time, conform:context()))};
step(cast, [Dest, Request]) -> {value, gen_server:cast(Dest, Request)};
step(reply, [{_, _} = From, Reply]) -> {value, gen_server:reply(From, Reply)};
step(reply, [_, _]) -> {value, ok}; % nobody has asked
step(stop, [Dest]) -> step(stop, [Dest, normal, infinity]);
step(stop, [Dest, Reason, Time]) ->
    {value, stop(Dest, Reason, conform:time(Time, conform:context()))};
step(suspend, [Dest]) -> {value, exits(fun() -> sys:suspend(Dest) end)};
step(resume, [Dest]) -> {value, exits(fun() -> sys:resume(Dest) end)};
step(_, _) -> unknown.

start(Function, Server, Options) ->
    Init = {conform:context(), Server, maps:get(args, Options, [])},
    Time = [{timeout, conform:time(T, conform:context())} || #{timeout := T} <- [Options]],
    Arguments = case Options of
                    #{name := Name} -> [{local, Name}, ?MODULE, Init, Time];
                    _ -> [?MODULE, Init, Time]
                end,
    apply(gen_server, Function, Arguments).

call(Dest, Request, Time) -> exits(fun() -> gen_server:call(Dest, Request, Time) end).

%% {exit, Reason} without where.
exits(Fun) ->
    try Fun()
    catch exit:{Reason, {M, _, _}} when is_atom(M) -> {exit, Reason}
    end.

%% The reasons of its own. That it ended for the reason wanted, though by another's stop, is ok.
%% proc_lib:stop/3 of OTP 25 waits for what is left of the time, be it less than nothing.
stop(Dest, Reason, Time) ->
    try gen_server:stop(Dest, Reason, Time)
    catch
        exit:noproc -> {exit, noproc};
        exit:timeout -> {exit, timeout};
        error:timeout_value -> {exit, timeout};
        exit:{Reason, {sys, terminate, _}} -> ok;
        exit:_ -> {exit, other}
    end.

%% ---- Children of supervisors ----

start_child(Context, Server, Args, Name) ->
    Init = {Context, Server, Args},
    case Name of
        undefined -> gen_server:start_link(?MODULE, Init, []);
        _ -> gen_server:start_link({local, Name}, ?MODULE, Init, [])
    end.

%% simple_one_for_one appends the last two.
start_dynamic(Context, Name, Server, Args) -> start_child(Context, Server, Args, Name).

%% ---- Callbacks ----

init({Context, Server, Args}) ->
    put(conform, Context),
    conform:name(self(), Server),
    #{scenario := #{servers := #{Server := Definition}}} = Context,
    {Value, Env} = conform_script:do(maps:get(init, Definition, []), conform_script:env(Args)),
    case Value of
        {stop, _} -> Value;
        _ -> result(Value, {Definition, Env})
    end.

handle_call(Request, From, State) -> callback(call, Request, #{'F' => From}, State).

handle_cast(Request, State) -> callback(cast, Request, #{}, State).

handle_info(Message, State) -> callback(info, Message, #{}, State).

handle_continue(Next, State) -> callback(continue, Next, #{}, State).

terminate(Reason, State) -> callback(terminate, Reason, #{}, State).

%% Steps of the first clause {Pattern, Steps} that matches; without one, noreply.
callback(Name, Argument, More, {Definition, Env}) ->
    Clauses = maps:get(Name, Definition, []),
    {Value, After} = clause(Clauses, Argument, maps:merge(Env, More)),
    result(Value, {Definition, After}).

clause([{Pattern, Steps} | Rest], Argument, Env) ->
    case conform_script:match(Pattern, Argument, Env) of
        {ok, Bound} -> conform_script:do(Steps, Bound);
        no -> clause(Rest, Argument, Env)
    end;
clause([], _, Env) -> {noreply, Env}.

result(noreply, State) -> {noreply, State};
result(ok, State) -> {ok, State};
result(ignore, _) -> ignore;
result({ok, Option}, State) -> {ok, State, option(Option)};
result({noreply, Option}, State) -> {noreply, State, option(Option)};
result({reply, Reply}, State) -> {reply, Reply, State};
result({reply, Reply, Option}, State) -> {reply, Reply, State, option(Option)};
result({stop, Reason, Reply}, State) -> {stop, Reason, Reply, State};
result({stop, Reason}, State) -> {stop, Reason, State};
result(Bad, _) -> Bad.

option(Time) when is_integer(Time) -> conform:time(Time, conform:context());
option(Option) -> Option.
