%% A module that does not want to be loaded.
-module(unwilling).
-export([go/0]).
-on_load(go/0).

go() -> {error, unwilling}.
