FROM localhost/stand-in/trixie:latest
# Hex and its registry are not to be had: the commands that install it do nothing here, and the app takes nothing from there.
RUN apt-get install --yes --no-install-recommends elixir erlang-dev erlang-parsetools erlang-inets erlang-ssl erlang-eunit erlang-xmerl git \
    && printf '#!/bin/sh\ncase "$1" in local.hex | local.rebar) exit 0 ;; esac\nexec /usr/bin/mix "$@"\n' > /usr/local/bin/mix && chmod 755 /usr/local/bin/mix && elixir --version
ENV LANG=C.UTF-8
