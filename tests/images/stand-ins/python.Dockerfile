FROM localhost/stand-in/trixie:latest
RUN apt-get install --yes --no-install-recommends python3 python3-pip python3-venv && for name in python3 python pip pip3; do ln -s "/usr/bin/$(echo $name | sed 's/python$/python3/')" /usr/local/bin/$name; done \
    && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && ln -sf /etc/build-start.py "$(python -c "import os; print(os.path.dirname(os.__file__))")/sitecustomize.py" && python --version && pip --version
ENV LANG=C.UTF-8
CMD ["python3"]
