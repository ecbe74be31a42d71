require "minitest/autorun"
require "rack"

class AppTest < Minitest::Test
  def test_health
    app, = Rack::Builder.parse_file("config.ru")
    assert_equal 200, Rack::MockRequest.new(app).get("/healthz").status
  end
end
