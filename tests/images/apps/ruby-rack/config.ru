# The smallest web service that can be delivered.
run lambda { |env|
  body = env["PATH_INFO"] == "/healthz" ? "ok\n" : "Hello from ruby-rack\n"
  [200, { "content-type" => "text/plain" }, [body]]
}
