%% SPDX-License-Identifier: MIT
%%
%% Table steps. The error badarg of ets is the value badarg.
-module(conform_table).
-export([step/2]).

step(table_new, [Protection]) -> value(fun() -> ets:new(table, [set, Protection]) end);
step(table_new, [Protection, Name]) ->
    value(fun() -> ets:new(Name, [set, named_table, Protection]) end);
step(table_delete, [T]) -> value(fun() -> ets:delete(T) end);
step(insert, [T, Rows]) -> value(fun() -> ets:insert(T, Rows) end);
step(insert_new, [T, Rows]) -> value(fun() -> ets:insert_new(T, Rows) end);
step(lookup, [T, Key]) -> value(fun() -> ets:lookup(T, Key) end);
step(member, [T, Key]) -> value(fun() -> ets:member(T, Key) end);
step(delete_key, [T, Key]) -> value(fun() -> ets:delete(T, Key) end);
step(update_counter, [T, Key, Operation]) ->
    value(fun() -> ets:update_counter(T, Key, Operation) end);
step(update_counter, [T, Key, Operation, Initial]) ->
    value(fun() -> ets:update_counter(T, Key, Operation, Initial) end);
step(table_size, [T]) -> value(fun() -> ets:info(T, size) end);
step(rows, [T]) -> value(fun() -> lists:sort(ets:tab2list(T)) end);
step(_, _) -> unknown.

value(Fun) -> {value, try Fun() catch error:_ -> badarg end}.
