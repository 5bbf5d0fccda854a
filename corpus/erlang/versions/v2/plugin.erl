%% This version refuses to be loaded.
-module(plugin).
-on_load(prepare/0).
-export([big/0]).

prepare() -> {error, refuses}.

big() -> never.
