%% SPDX-License-Identifier: MIT
%%
%% Supervisor steps: a definition of the scenario becomes what supervisor:init/1 returns.
-module(conform_supervisor).
-behaviour(supervisor).
-export([step/2, start_link/3, init/1]).

step(start_sup, [Definition]) -> {value, start_link(conform:context(), Definition, undefined)};
step(start_sup, [Definition, Name]) -> {value, start_link(conform:context(), Definition, Name)};
step(start_child, [Sup, {args, Server, Args}]) ->
    {value, supervisor:start_child(Sup, [Server, Args])};
step(start_child, [Sup, Child]) ->
    {value, supervisor:start_child(Sup, child(Child, one_for_one, conform:context()))};
step(terminate_child, [Sup, Which]) -> {value, supervisor:terminate_child(Sup, Which)};
step(restart_child, [Sup, Id]) -> {value, supervisor:restart_child(Sup, Id)};
step(delete_child, [Sup, Id]) -> {value, supervisor:delete_child(Sup, Id)};
step(which_children, [Sup]) -> {value, noproc(fun() -> which(Sup) end)};
step(count_children, [Sup]) ->
    {value, noproc(fun() -> maps:from_list(supervisor:count_children(Sup)) end)};
step(_, _) -> unknown.

which(Sup) -> lists:sort([{Id, Pid, Type} || {Id, Pid, Type, _} <- supervisor:which_children(Sup)]).

noproc(Fun) -> try Fun() catch exit:_ -> noproc end.

start_link(Context, Definition, undefined) ->
    supervisor:start_link(?MODULE, {Context, Definition});
start_link(Context, Definition, Name) ->
    supervisor:start_link({local, Name}, ?MODULE, {Context, Definition}).

init({Context, Name}) ->
    put(conform, Context),
    conform:name(self(), Name),
    #{scenario := #{supervisors := #{Name := Definition}}} = Context,
    Strategy = maps:get(strategy, Definition, one_for_one),
    Flags = #{strategy => Strategy,
              intensity => maps:get(intensity, Definition, 1),
              period => maps:get(period, Definition, 5),
              auto_shutdown => maps:get(auto_shutdown, Definition, never)},
    {ok, {Flags, [child(C, Strategy, Context) || C <- maps:get(children, Definition, [])]}}.

child(Child, Strategy, Context) ->
    Given = maps:with([id, restart, significant], Child),
    Timed = case Child of
                #{shutdown := T} when is_integer(T) -> Given#{shutdown => conform:time(T, Context)};
                #{shutdown := S} -> Given#{shutdown => S};
                _ -> Given
            end,
    {Type, Start} = start(maps:get(start, Child), Child, Strategy, Context),
    Timed#{id => maps:get(id, Child, undefined), type => Type, start => Start}.

start({server, _}, Child, simple_one_for_one, Context) ->
    {worker, {conform_server, start_dynamic, [Context, maps:get(name, Child, undefined)]}};
start({server, Server}, Child, _, Context) ->
    {worker, {conform_server, start_child,
              [Context, Server, maps:get(args, Child, []), maps:get(name, Child, undefined)]}};
start({script, Script}, Child, _, Context) ->
    {worker, {conform_script, start_child,
              [Context, Script, maps:get(args, Child, []), maps:get(name, Child, undefined)]}};
start({supervisor, Name}, _, _, Context) ->
    {supervisor, {?MODULE, start_link, [Context, Name, undefined]}}.
