%% SPDX-License-Identifier: MIT
%%
%% The interpreter in Erlang. Reads requests, one a line:
%%     run RUNS SCALE PATH
%% runs that scenario RUNS times, SCALE milliseconds a time unit, with yields inserted at random,
%% and answers with lines "outcome PATH COUNT HEX TEXT" and "done PATH RUNS", or "wrong PATH TEXT".
%% Many run at the same time, a few runs of a scenario in a slot: names that a scenario registers
%% (its key names) get the slot's number behind them while it runs.
-module(conform).
-export([main/0, name/2, see/1, context/0, time/2]).

-define(SLOTS, 48).
-define(AT_A_TIME, 4).
-define(STUCK_MS, 4000).

main() ->
    io:setopts([{encoding, unicode}]),
    Pool = self(),
    Reader = spawn_link(fun() -> reader(Pool) end),
    pool(Reader, [], queue:new(), lists:seq(1, ?SLOTS), false),
    halt(0).

%% ---- Requests ----

reader(Pool) ->
    case io:get_line("") of
        eof -> Pool ! eof;
        {error, _} -> Pool ! eof;
        Line ->
            ["run", Runs, Scale | Path] = string:split(string:trim(Line), " ", all),
            Pool ! {request, list_to_integer(Runs), list_to_integer(Scale),
                    lists:flatten(lists:join(" ", Path))},
            reader(Pool)
    end.

%% Busy slots are in Working; requests wait in Queue for one of Free.
pool(_, [], {[], []}, _, true) -> ok;
pool(Reader, Working, Queue, [Slot | Free] = Slots, Eof) ->
    case queue:out(Queue) of
        {{value, Request}, Rest} ->
            {Pid, _} = spawn_monitor(fun() -> work(Slot, Request) end),
            pool(Reader, [{Pid, Slot, Request} | Working], Rest, Free, Eof);
        {empty, _} -> pool_wait(Reader, Working, Queue, Slots, Eof)
    end;
pool(Reader, Working, Queue, [], Eof) -> pool_wait(Reader, Working, Queue, [], Eof).

pool_wait(Reader, Working, Queue, Free, Eof) ->
    receive
        {request, Runs, Scale, Path} ->
            pool(Reader, Working, portions(Runs, Scale, Path, Queue), Free, Eof);
        eof -> pool(Reader, Working, Queue, Free, true);
        {'DOWN', _, process, Pid, Reason} ->
            {value, {Pid, Slot, {_, _, Path}}, Rest} = lists:keytake(Pid, 1, Working),
            Reason =:= normal orelse io:format("wrong ~ts ~0tp~n", [Path, Reason]),
            pool(Reader, Rest, Queue, [Slot | Free], Eof)
    end.

portions(Runs, Scale, Path, Queue) when Runs > ?AT_A_TIME ->
    portions(Runs - ?AT_A_TIME, Scale, Path, queue:in({?AT_A_TIME, Scale, Path}, Queue));
portions(Runs, Scale, Path, Queue) -> queue:in({Runs, Scale, Path}, Queue).

work(Slot, {Runs, Scale, Path}) ->
    {ok, [Scenario]} = file:consult(Path),
    Names = [{N, list_to_atom(atom_to_list(N) ++ "@" ++ integer_to_list(Slot))}
             || N <- maps:get(names, Scenario, [])],
    Here = rename(Scenario, Names),
    Back = [{B, A} || {A, B} <- Names],
    Outcomes = [rename(run(Here, Names, Scale, I), Back) || I <- lists:seq(1, Runs)],
    Counts = lists:foldl(fun(O, M) -> maps:update_with(O, fun(N) -> N + 1 end, 1, M) end,
                         #{}, Outcomes),
    io:put_chars([[io_lib:format("outcome ~ts ~b ~ts ~0tp~n", [Path, N, hex(O), O])
                   || {O, N} <- maps:to_list(Counts)],
                  io_lib:format("done ~ts ~b~n", [Path, Runs])]).

hex(Term) ->
    [io_lib:format("~2.16.0b", [B])
     || <<B>> <= term_to_binary(Term, [{minor_version, 2}])].

rename(Term, []) -> Term;
rename(Atom, Names) when is_atom(Atom) -> proplists:get_value(Atom, Names, Atom);
rename([H | T], Names) -> [rename(H, Names) | rename(T, Names)];
rename(Tuple, Names) when is_tuple(Tuple) ->
    list_to_tuple([rename(E, Names) || E <- tuple_to_list(Tuple)]);
rename(Map, Names) when is_map(Map) ->
    maps:from_list([{rename(K, Names), rename(V, Names)} || {K, V} <- maps:to_list(Map)]);
rename(Term, _) -> Term.

%% ---- One run ----

%% I: the more the higher, the more often processes give way.
run(Scenario, Names, Scale, I) ->
    Tab = ets:new(conform, [public]),
    Collector = self(),
    Context = #{tab => Tab, scenario => Scenario, scale => Scale, yields => I rem 4,
                names => Names},
    {Main, Ref} = spawn_monitor(fun() -> conform_script:main(Collector, Context) end),
    Outcome =
        receive
            {sealed, Main, Rows} ->
                erlang:demonitor(Ref, [flush]),
                outcome(Rows, all, []);
            {'DOWN', Ref, process, Main, Reason} ->
                receive
                    {sealed, Main, Rows} -> outcome(Rows, all, [])
                after 0 -> outcome(ets:tab2list(Tab), main, [{exit, Reason}])
                end
        after ?STUCK_MS + 300 * Scale ->
            outcome(ets:tab2list(Tab), main, [stuck])
        end,
    clean(Tab),
    Outcome.

clean(Tab) ->
    [erlang:cancel_timer(T) || {{timer, T}} <- ets:tab2list(Tab)],
    kill_all(Tab),
    ets:delete(Tab),
    flush().

%% Killing a child makes its supervisor start another one, until that is dead too.
kill_all(Tab) ->
    case [P || {{pid, P}, _, _} <- ets:tab2list(Tab), is_process_alive(P)] of
        [] -> ok;
        Alive ->
            Refs = [monitor(process, P) || P <- Alive],
            [exit(P, kill) || P <- Alive],
            [receive {'DOWN', R, _, _, _} -> ok end || R <- Refs],
            kill_all(Tab)
    end.

flush() -> receive _ -> flush() after 0 -> ok end.

%% ---- What processes say ----

context() -> get(conform).

time(infinity, _) -> infinity;
time(T, #{scale := Scale}) -> T * Scale.

%% Gives a process its name; not a second one.
name(Pid, Script) ->
    #{tab := Tab} = context(),
    case ets:insert_new(Tab, {{pid, Pid}, Script, 0}) of
        true ->
            N = ets:update_counter(Tab, {count, Script}, {2, 1}, {{count, Script}, 0}),
            ets:insert(Tab, {{pid, Pid}, Script, N});
        false -> ok
    end.

see(Value) ->
    #{tab := Tab} = context(),
    N = ets:update_counter(Tab, {seen, self()}, {2, 1}, {{seen, self()}, 0}),
    ets:insert(Tab, {{see, self(), N}, Value}),
    Value.

%% ---- Outcomes ----

%% #{Process => [Observation]}: of all, or of main alone with a last word.
outcome(Rows, Whose, Last) ->
    Processes = lists:sort([{Script, N, Pid} || {{pid, Pid}, Script, N} <- Rows,
                            Whose =:= all orelse Script =:= main]),
    Named = maps:from_list([{Pid, label(Script, N)} || {Script, N, Pid} <- Processes]),
    Pids = maps:from_list([{Pid, label(Script, N)} || {{pid, Pid}, Script, N} <- Rows]),
    Seen = [{maps:get(Pid, Named), [V || {{see, P, _}, V} <- lists:sort(Rows), P =:= Pid]}
            || {_, _, Pid} <- Processes],
    Shown = [{Name, Values ++ Last} || {Name, Values} <- Seen,
             Name =:= main orelse Values =/= []],
    {Plain, _} = lists:mapfoldl(
                   fun({Name, Values}, Refs) ->
                           {Shorter, More} = plain(Values, Pids, Refs),
                           {{Name, Shorter}, More}
                   end, [], Shown),
    maps:from_list(Plain).

label(Script, 1) -> Script;
label(Script, N) -> list_to_atom(atom_to_list(Script) ++ "#" ++ integer_to_list(N)).

%% Without pids, references and what only Erlang says of an error: where it was.
plain(Pid, Pids, Refs) when is_pid(Pid) -> {{pid, maps:get(Pid, Pids, unnamed)}, Refs};
plain(Ref, _, Refs) when is_reference(Ref) ->
    case lists:keyfind(Ref, 1, Refs) of
        {Ref, N} -> {{ref, N}, Refs};
        false -> {{ref, length(Refs) + 1}, [{Ref, length(Refs) + 1} | Refs]}
    end;
plain({bad_return_value, _}, _, Refs) -> {bad_return_value, Refs};
plain({Pid, [alias | _]}, _, Refs) when is_pid(Pid) -> {from, Refs};
plain({Reason, [{M, F, _, L} | _]}, Pids, Refs) when is_atom(M), is_atom(F), is_list(L) ->
    plain(Reason, Pids, Refs);
plain({Reason, Child}, Pids, Refs) when element(1, Child) =:= child, tuple_size(Child) > 6 ->
    plain(Reason, Pids, Refs);
plain([H | T], Pids, Refs) ->
    {Head, More} = plain(H, Pids, Refs),
    {Tail, Most} = plain(T, Pids, More),
    {[Head | Tail], Most};
plain(Tuple, Pids, Refs) when is_tuple(Tuple) ->
    {Elements, More} = plain(tuple_to_list(Tuple), Pids, Refs),
    {list_to_tuple(Elements), More};
plain(Map, Pids, Refs) when is_map(Map) ->
    {Pairs, More} = lists:mapfoldl(fun({K, V}, R) ->
                                           {Value, Next} = plain(V, Pids, R),
                                           {{K, Value}, Next}
                                   end, Refs, lists:sort(maps:to_list(Map))),
    {maps:from_list(Pairs), More};
plain(Term, _, Refs) -> {Term, Refs}.
