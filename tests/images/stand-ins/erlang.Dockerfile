FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends erlang-base erlang-dev erlang-parsetools erlang-inets erlang-ssl erlang-eunit erlang-common-test erlang-tools erlang-xmerl rebar3 git && rebar3 --version
ENV LANG=C.UTF-8
