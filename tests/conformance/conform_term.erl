%% SPDX-License-Identifier: MIT
%%
%% Steps about terms: order, equality, text, external form.
-module(conform_term).
-export([step/2]).

step(compare, [A, B]) when A == B -> {value, equal};
step(compare, [A, B]) when A < B -> {value, less};
step(compare, [_, _]) -> {value, greater};
step(exactly_equal, [A, B]) -> {value, A =:= B};
step(sort, [List]) -> {value, lists:sort(List)};
step(print, [Term]) -> {value, unicode:characters_to_binary(io_lib:format("~0tp", [Term]))};
step(encode, [Term]) -> {value, term_to_binary(Term, [{minor_version, 2}])};
step(decode, [Bytes]) -> {value, try binary_to_term(Bytes) catch error:_ -> badarg end};
step(map_get, [Key, Map]) -> {value, maps:get(Key, Map, nothing)};
step(_, _) -> unknown.
