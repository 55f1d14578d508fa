%% SPDX-License-Identifier: MIT
%%
%% Erlang's half of the comparison (see oracle.sh).
%%   oracle:judge(File): each line is a term in libotp's order; prints what Erlang sees otherwise.
%%   oracle:emit(File): encodings of terms made here, each with the form that libotp must give it.
-module(oracle).
-export([judge/1, emit/1]).

judge(File) ->
    {ok, Bytes} = file:read_file(File),
    Lines = [line(L) || L <- binary:split(Bytes, <<"\n">>, [global, trim_all])],
    Wrong = judge(Lines, none, 1),
    io:format("# ~b terms judged by Erlang/OTP ~s, ~b differences~n",
              [length(Lines), erlang:system_info(otp_release), Wrong]),
    halt(case Wrong of 0 when Lines =/= [] -> 0; _ -> 1 end).

line(Line) ->
    [Order, Hex | _] = binary:split(Line, <<" ">>, [global]),
    Skip = byte_size(Order) + byte_size(Hex) + 2,
    <<_:Skip/binary, Text/binary>> = Line,
    {Order, bytes(Hex), unicode:characters_to_list(Text)}.

bytes(Hex) -> << <<(binary_to_integer(<<D:2/binary>>, 16))>> || <<D:2/binary>> <= Hex >>.

judge([], _, _) -> 0;
judge([{Order, Encoding, Text} | Rest], Before, Number) ->
    case catch binary_to_term(Encoding) of
        {'EXIT', Why} ->
            io:format("# line ~b: ~ts: not read: ~p~n", [Number, Text, element(1, Why)]),
            1 + judge(Rest, Before, Number + 1);
        Term ->
            Checks = [{same_bytes, term_to_binary(Term, [{minor_version, 2}]) =:= Encoding},
                      {same_order, Before =:= none orelse order(hd(Before), Term) =:= Order},
                      {same_text, same_text(Term, Text)}],
            Failed = [Name || {Name, false} <- Checks],
            [io:format("# line ~b: ~p: ~ts~n#   Erlang has ~tw~n#   after ~tw~n",
                       [Number, Failed, Text, Term, Before]) || Failed =/= []],
            length(Failed) + judge(Rest, [Term], Number + 1)
    end.

order(A, B) when A =:= B -> <<"=:=">>;
order(A, B) when A == B -> <<"==">>;
order(A, B) when A < B -> <<"<">>;
order(_, _) -> <<">">>.

%% Scalars that have one text in Erlang.
same_text(T, Text) when is_float(T); is_integer(T) ->
    lists:flatten(io_lib:format("~w", [T])) =:= Text;
same_text(T, Text) when is_atom(T) ->
    lists:flatten(io_lib:format("~tw", [T])) =:= Text;
same_text(_, _) -> true.

emit(File) ->
    rand:seed(exsss, {1, 2, 3}),
    Terms = [T || _ <- lists:seq(1, 60), T <- terms()],
    Pairs = [{term_to_binary(T, [{minor_version, V}]), term_to_binary(T, [{minor_version, 2}])}
             || V <- [0, 1, 2], T <- Terms]
        ++ [{E, E} || T <- funs(), E <- [term_to_binary(T, [{minor_version, 2}])]],
    ok = file:write_file(File, [[hex(A), " ", hex(B), "\n"] || {A, B} <- Pairs]),
    halt(0).

hex(Bytes) -> [io_lib:format("~2.16.0b", [B]) || B <- binary_to_list(iolist_to_binary(Bytes))].

%% Local funs are kept byte for byte, so only the newest form comes back.
funs() ->
    N = rand:uniform(9),
    F = fun(X) -> X + N end,
    [F, fun() -> ok end, fun(_, _) -> {self(), F, N} end, #{make_ref() => #{self() => [F]}}].

terms() ->
    [self(), make_ref(), hd(erlang:ports()), fun erlang:self/0,
     rand:uniform(), rand:normal(0.0, 1.0e100), -rand:uniform(1 bsl rand:uniform(300)),
     rand:uniform(1 bsl rand:uniform(3000)), list_to_atom([rand:uniform(255) || _ <- "abc"]),
     [rand:uniform(300) || _ <- lists:seq(1, rand:uniform(5))],
     list_to_tuple(lists:seq(1, rand:uniform(600))),
     maps:from_list([{rand:uniform(50), K} || K <- lists:seq(1, rand:uniform(25))]),
     <<(rand:uniform(1 bsl 60)):(rand:uniform(64))>>,
     binary:copy(<<"x">>, rand:uniform(300)), [a, b | c], {[], {}, #{}, <<>>, ''},
     #{make_ref() => #{self() => [fun lists:map/2]}, 1.0 => x, 1 => y}].
