%% SPDX-License-Identifier: MIT
%%
%% Scripts: processes and callbacks that do one step after the other. A step is a tuple whose first
%% element is its name; do/2 takes steps and an environment #{Variable => Value} and gives the value
%% of the last step and the environment after it. What is not here is in the modules of others/0.
-module(conform_script).
-export([main/2, start_child/4, init_child/5, do/2, fill/2, match/3, env/1, pid/1]).

others() -> [conform_server, conform_supervisor, conform_table, conform_term].

%% ---- Processes ----

main(Collector, Context) ->
    put(conform, Context#{main => self()}),
    conform:name(self(), main),
    body(main, env([])),
    #{tab := Tab} = Context,
    Collector ! {sealed, self(), ets:tab2list(Tab)}.

env(Args) -> #{'M' => maps:get(main, conform:context()), 'A' => Args}.

%% An error of a script is an exit without where it was.
body(Script, Env) ->
    #{scenario := #{scripts := #{Script := Steps}}} = conform:context(),
    try do(Steps, Env) of _ -> ok catch error:Reason -> exit(Reason) end.

spawned(Script, Env) ->
    Context = conform:context(),
    fun() ->
            put(conform, Context),
            conform:name(self(), Script),
            body(Script, Env)
    end.

named({Pid, _} = PidRef, Script) -> conform:name(Pid, Script), PidRef;
named(Pid, Script) -> conform:name(Pid, Script), Pid.

%% A script as the child of a supervisor: registered before it does anything.
start_child(Context, Script, Args, Name) ->
    proc_lib:start_link(?MODULE, init_child, [self(), Context, Script, Args, Name]).

init_child(Parent, Context, Script, Args, Name) ->
    put(conform, Context),
    conform:name(self(), Script),
    Name =:= undefined orelse register(Name, self()),
    proc_lib:init_ack(Parent, {ok, self()}),
    body(Script, env(Args)).

%% ---- Steps ----

do(Steps, Env) -> lists:foldl(fun(Step, {_, E}) -> step(Step, E) end, {ok, Env}, Steps).

%% Steps about steps.
step({val, Value}, Env) -> {fill(Value, Env), Env};
step({see, Step}, Env) ->
    {Value, After} = step(Step, Env),
    {conform:see(Value), After};
step({bind, Pattern, Step}, Env) ->
    {Value, After} = step(Step, Env),
    case match(Pattern, Value, After) of
        {ok, Bound} -> {Value, Bound};
        no -> exit({badmatch, Value})
    end;
step({branch, Step, Clauses}, Env) ->
    {Value, After} = step(Step, Env),
    clause(Clauses, Value, After);
step({recv, Pattern}, Env) -> step({recv, Pattern, infinity}, Env);
step({recv, Pattern, Time}, Env) ->
    give_way(),
    recv(Pattern, Env, conform:time(fill(Time, Env), conform:context()));
step({spawn, Script}, Env) -> give_way(), {named(spawn(spawned(Script, Env)), Script), Env};
step({spawn_link, Script}, Env) ->
    give_way(),
    {named(spawn_link(spawned(Script, Env)), Script), Env};
step({spawn_monitor, Script}, Env) ->
    give_way(),
    {named(spawn_monitor(spawned(Script, Env)), Script), Env};
step(Step, Env) ->
    [Name | Raw] = tuple_to_list(Step),
    give_way(),
    {simple(Name, [fill(A, Env) || A <- Raw]), Env}.

clause([{Pattern, Steps} | Rest], Value, Env) ->
    case match(Pattern, Value, Env) of
        {ok, Bound} -> do(Steps, Bound);
        no -> clause(Rest, Value, Env)
    end;
clause([], Value, _) -> exit({case_clause, Value}).

%% So that other orders of events are seen.
give_way() ->
    #{yields := Most} = conform:context(),
    Most =:= 0 orelse [erlang:yield() || _ <- lists:seq(2, rand:uniform(2 * Most))],
    ok.

%% Steps that only have a value.
simple(send, [Dest, Message]) -> Dest ! Message;
simple(pause, [Time]) -> receive after conform:time(Time, conform:context()) -> ok end;
simple(self, []) -> self();
simple(yield, []) -> erlang:yield();
simple(exit, [Reason]) -> exit(Reason);
simple(exit, [Pid, Reason]) -> exit(pid(Pid), Reason);
simple(trap_exit, [Flag]) -> process_flag(trap_exit, Flag);
simple(is_alive, [Pid]) -> is_process_alive(Pid);
simple(link, [Pid]) -> link(Pid);
simple(unlink, [Pid]) -> unlink(Pid);
simple(monitor, [Dest]) -> monitor(process, Dest);
simple(monitor, [Dest, Alias]) -> monitor(process, Dest, [{alias, Alias}]);
simple(demonitor, [Ref]) -> demonitor(Ref);
simple(demonitor, [Ref, Options]) ->
    Stashed = lists:member(flush, Options) andalso unstash(Ref),
    demonitor(Ref, Options) andalso not (Stashed andalso lists:member(info, Options));
simple(alias, [How]) -> alias([How]);
simple(unalias, [Ref]) -> unalias(Ref);
simple(register, [Name, Pid]) -> badarg(fun() -> register(Name, Pid) end);
simple(unregister, [Name]) -> badarg(fun() -> unregister(Name) end);
simple(whereis, [Name]) -> whereis(Name);
simple(registered, []) ->
    #{names := Names} = conform:context(),
    [Here || {_, Here} <- lists:sort(Names), lists:member(Here, registered())];
simple(send_after, [Time, Dest, Message]) ->
    timer(erlang:send_after(conform:time(Time, conform:context()), Dest, Message));
simple(start_timer, [Time, Dest, Message]) ->
    timer(erlang:start_timer(conform:time(Time, conform:context()), Dest, Message));
simple(cancel_timer, [Ref]) -> left(erlang:cancel_timer(Ref));
simple(read_timer, [Ref]) -> left(erlang:read_timer(Ref));
simple(Name, Args) -> other(others(), Name, Args).

other([Module | Rest], Name, Args) ->
    case Module:step(Name, Args) of
        unknown -> other(Rest, Name, Args);
        {value, Value} -> Value
    end;
other([], Name, Args) -> exit({no_such_step, Name, Args}).

%% exit/2 and link/1 of what is no pid are the error badarg.
pid(Pid) when is_pid(Pid) -> Pid;
pid(_) -> error(badarg).

badarg(Fun) -> try Fun() catch error:badarg -> badarg end.

%% Timers are cancelled when the run is over: their names are used again.
timer(Ref) ->
    #{tab := Tab} = conform:context(),
    ets:insert(Tab, {{timer, Ref}}),
    Ref.

%% How much is left, nobody can say exactly.
left(false) -> false;
left(_) -> left.

%% ---- Receiving ----

%% The first message that matches. Those passed over are kept in the process dictionary, in order.
recv(Pattern, Env, Time) ->
    case stashed(stash(), Pattern, Env, []) of
        {Value, Bound, Rest} -> put(stash, Rest), {Value, Bound};
        no -> recv_new(Pattern, Env, deadline(Time))
    end.

stash() -> case get(stash) of undefined -> []; Messages -> Messages end.

stashed([M | Rest], Pattern, Env, Before) ->
    case match(Pattern, M, Env) of
        {ok, Bound} -> {M, Bound, lists:reverse(Before, Rest)};
        no -> stashed(Rest, Pattern, Env, [M | Before])
    end;
stashed([], _, _, _) -> no.

%% Removes the 'DOWN' of that monitor; true when there was one.
unstash(Ref) ->
    Kept = [M || M <- stash(), not is_down(M, Ref)],
    Was = length(Kept) < length(stash()),
    put(stash, Kept),
    Was.

is_down({'DOWN', Ref, _, _, _}, Ref) -> true;
is_down(_, _) -> false.

deadline(infinity) -> infinity;
deadline(Time) -> erlang:monotonic_time(millisecond) + Time.

remaining(infinity) -> infinity;
remaining(Deadline) -> max(0, Deadline - erlang:monotonic_time(millisecond)).

recv_new(Pattern, Env, Deadline) ->
    receive
        Message ->
            case match(Pattern, Message, Env) of
                {ok, Bound} -> {Message, Bound};
                no ->
                    put(stash, stash() ++ [Message]),
                    recv_new(Pattern, Env, Deadline)
            end
    after remaining(Deadline) -> {timeout, Env}
    end.

%% ---- Variables ----

is_variable(Atom) ->
    case atom_to_list(Atom) of
        [C | Digits] when C >= $A, C =< $Z ->
            lists:all(fun(D) -> D >= $0 andalso D =< $9 end, Digits);
        _ -> false
    end.

fill(Atom, Env) when is_atom(Atom) ->
    case is_variable(Atom) of
        true -> maps:get(Atom, Env, Atom);
        false -> Atom
    end;
fill([H | T], Env) -> [fill(H, Env) | fill(T, Env)];
fill(Tuple, Env) when is_tuple(Tuple) ->
    list_to_tuple([fill(E, Env) || E <- tuple_to_list(Tuple)]);
fill(Map, Env) when is_map(Map) -> maps:map(fun(_, V) -> fill(V, Env) end, Map);
fill(Term, _) -> Term.

match('_', _, Env) -> {ok, Env};
match(Atom, Value, Env) when is_atom(Atom) ->
    case is_variable(Atom) andalso maps:find(Atom, Env) of
        false -> same(Atom, Value, Env);
        error -> {ok, Env#{Atom => Value}};
        {ok, Bound} -> same(Bound, Value, Env)
    end;
match([H | T], [VH | VT], Env) -> match_both(H, VH, T, VT, Env);
match(Tuple, Value, Env) when is_tuple(Tuple), tuple_size(Tuple) =:= tuple_size(Value) ->
    match(tuple_to_list(Tuple), tuple_to_list(Value), Env);
match(Map, Value, Env) when is_map(Map), is_map(Value) ->
    maps:fold(fun(_, _, no) -> no;
                 (K, P, {ok, E}) ->
                      case Value of
                          #{K := V} -> match(P, V, E);
                          _ -> no
                      end
              end, {ok, Env}, Map);
match(Term, Value, Env) -> same(Term, Value, Env).

match_both(H, VH, T, VT, Env) ->
    case match(H, VH, Env) of
        {ok, Bound} -> match(T, VT, Bound);
        no -> no
    end.

same(A, B, Env) -> case A =:= B of true -> {ok, Env}; false -> no end.
